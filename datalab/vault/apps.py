from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "datalab.vault"
