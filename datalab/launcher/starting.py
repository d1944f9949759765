"""Whether what is applied is started anew: after every change, as people are told.

A cluster does so by itself only where the pods differ, and not for another Service or ConfigMap.
"""

import hashlib
import json

from django.db.models import F

from datalab.launcher.models import Service


def starts(service: Service) -> int:
    """The number of the start that the runtime is told: another one is another process.

    The same again for what it has accepted already, also after a change that it refused.
    """
    return service.restarts + _is_another(service)


def note_accepted(service: Service) -> None:
    """By the runtime, with `starts`."""
    Service.objects.filter(pk=service.pk).update(
        accepted=_digest(service), restarts=F("restarts") + int(_is_another(service))
    )


def _is_another(service: Service) -> bool:
    return service.accepted not in {"", _digest(service)}


def _digest(service: Service) -> str:
    made_of = [service.version, service.kept_id, service.values, service.placement]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
