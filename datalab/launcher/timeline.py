"""A service's timeline: one row for each change that a person can see. It wakes the streams too."""

from django.utils.timezone import now

from datalab.core import metrics
from datalab.core.later import after_commit
from datalab.launcher.lifecycle import Phase
from datalab.launcher.models import Service, ServiceEvent


def note_change(service: Service) -> None:
    """Write a line where the visible state differs from the last one."""
    last = ServiceEvent.objects.filter(service_id=service.id).order_by("-id").first()
    seen = (last.phase, last.reason_code, last.message, last.progress) if last else None
    phase = service.phase.value
    if seen == (phase, service.reason_code, service.reason_message, service.progress):
        return
    if last is not None and last.phase != phase:
        _measure(service, last, phase)
    ServiceEvent.objects.create(
        tenant_id=service.tenant_id,
        service_id=service.id,
        phase=phase,
        reason_code=service.reason_code,
        message=service.reason_message,
        raw=service.reason_raw,
        progress=service.progress,
    )


def note_gone(service: Service) -> None:
    """The last line: it is not there any more."""
    ServiceEvent.objects.create(
        tenant_id=service.tenant_id, service_id=service.id, phase=GONE, message="Removed."
    )


def _measure(service: Service, last: ServiceEvent, phase: str) -> None:
    """How long it was in the phase that it leaves, and whether a launch has come to its end."""
    events = ServiceEvent.objects.filter(service_id=service.id)
    other = events.exclude(phase=last.phase).order_by("-id").values_list("id", flat=True).first()
    run = events.filter(id__gt=other or 0).order_by("id")
    began = run.values_list("at", flat=True).first() or last.at
    seconds = max(0.0, (now() - began).total_seconds())
    observe = metrics.PHASE_SECONDS.labels(phase=last.phase).observe
    after_commit(observe, seconds)
    if phase in {Phase.RUNNING, Phase.FAILED}:
        reason = metrics.bounded(service.reason_code) if phase == Phase.FAILED else "none"
        metrics.count_once_committed(metrics.LAUNCHES, outcome=phase, reason=reason)


GONE = "gone"
