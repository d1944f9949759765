"""A service's timeline: one row for each change that a person can see. It wakes the streams too."""

from datalab.launcher.models import Service, ServiceEvent


def note_change(service: Service) -> None:
    """Write a line where the visible state differs from the last one."""
    last = ServiceEvent.objects.filter(service_id=service.id).order_by("-id").first()
    seen = (last.phase, last.reason_code, last.message, last.progress) if last else None
    phase = service.phase.value
    if seen == (phase, service.reason_code, service.reason_message, service.progress):
        return
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


GONE = "gone"
