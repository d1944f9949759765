from django.apps import AppConfig

from datalab.core.denials import denied


class AuditConfig(AppConfig):
    name = "datalab.audit"

    def ready(self) -> None:
        from datalab.audit.denials import note_denial  # noqa: PLC0415 - it needs the models

        denied.connect(note_denial, dispatch_uid="audit")
