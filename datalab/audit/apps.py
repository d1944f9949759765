from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from datalab.audit.append_only import guard
from datalab.core.denials import denied


class AuditConfig(AppConfig):
    name = "datalab.audit"

    def ready(self) -> None:
        from datalab.audit.denials import note_denial  # noqa: PLC0415 - it needs the models

        denied.connect(note_denial, dispatch_uid="audit")
        post_migrate.connect(_guard, sender=self, dispatch_uid="audit")


def _guard(*, using: str, **_: Any) -> None:
    connection = connections[using]
    if "audit_retentionpass" in connection.introspection.table_names():
        guard(connection)
