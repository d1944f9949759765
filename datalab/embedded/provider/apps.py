from django.apps import AppConfig


class ProviderConfig(AppConfig):
    """The built-in OpenID provider: in the embedded profile only."""

    name = "datalab.embedded.provider"
    label = "provider"
