from django.apps import AppConfig


class QuotasConfig(AppConfig):
    name = "datalab.quotas"

    def ready(self) -> None:
        from datalab.quotas.devices import most_of_each  # noqa: PLC0415 - models come later
        from datalab.tenants.signals import device_limits  # noqa: PLC0415

        device_limits.connect(most_of_each, dispatch_uid="quotas.most_of_each")
