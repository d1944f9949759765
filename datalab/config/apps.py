from django.apps import AppConfig


class PortalConfig(AppConfig):
    """How the process is put together; an app only for its checks."""

    name = "datalab.config"
    label = "portal"

    def ready(self) -> None:
        from datalab.config import checks  # noqa: F401, PLC0415 - registers them
