from importlib import import_module

from django.apps import AppConfig


class GateConfig(AppConfig):
    name = "datalab.gate"

    def ready(self) -> None:
        import_module("datalab.gate.passes")  # hears when somebody signs out
