"""What a service was made of, from one change to the next, and what it can be rolled back to."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, OuterRef, Subquery

from datalab.core.errors import Conflict, NotFound
from datalab.launcher.lifecycle import Change, Outcome, outcome_of
from datalab.launcher.models import Revision, Service

KEPT = 10
"""So many of a service, and the newest that was ready beside them."""


def note(
    service: Service, change: Change, *, by: str, at: datetime, origin: int | None = None
) -> Revision:
    """What the row says now, in the transaction that wrote it."""
    last = Revision.objects.filter(service=service).aggregate(number=Max("number"))["number"]
    revision = Revision.objects.create(
        service=service,
        number=(last or 0) + 1,
        at=at,
        by=by,
        change=change.value,
        origin=origin,
        version=service.version,
        kept_id=service.kept_id,
        options=service.options,
        preset=service.preset,
        placement=service.placement,
        fingerprint=fingerprint(service),
        cpu=service.cpu,
        memory=service.memory,
        gpu=service.gpu,
        storage=service.storage,
        devices=service.devices,
    )
    _forget_oldest(service)
    return revision


def begin(service: Service) -> None:
    """Before the first change of a service that is older than its revisions are."""
    if not Revision.objects.filter(service=service).exists():
        note(service, Change.LAUNCHED, by=service.owner.username, at=service.created_at)
        note_outcomes([service])


def note_outcomes(services: Iterable[Service]) -> None:
    """Of the newest of each, where its phase tells. In the transaction that saves the phase."""
    alike: dict[tuple[Outcome, str], list[UUID]] = {}
    for service in services:
        if outcome := outcome_of(service.phase):
            reason = service.reason_message if outcome is Outcome.FAILED else ""
            alike.setdefault((outcome, reason), []).append(service.pk)
    for (outcome, reason), ids in alike.items():
        rows = Revision.objects.filter(service=OuterRef("service")).order_by("-number")
        newest = Revision.objects.filter(service__in=ids, pk=Subquery(rows.values("pk")[:1]))
        undecided = newest.exclude(outcome=Outcome.READY.value)
        undecided.update(outcome=outcome.value, reason=reason)


def former(newest_first: Sequence[Revision]) -> Revision | None:
    """Where a roll back goes: the newest that was ready and is another than the present one."""
    present = newest_first[0].fingerprint if newest_first else ""
    return next(
        (
            one
            for one in newest_first[1:]
            if one.outcome == Outcome.READY and one.fingerprint != present
        ),
        None,
    )


def to_go_back_to(service: Service, number: int | None) -> Revision:
    """None: the former one. NotFound where there is no such number, Conflict where nothing ran."""
    known = service.newest_first
    if number is not None:
        for one in known:
            if one.number == number:
                return one
        raise NotFound(f"This service has no revision {number}, or not any more.")
    found = former(known)
    if found is None:
        raise Conflict("There is nothing to roll back to: nothing else of this service ever ran.")
    return found


def fingerprint(service: Service) -> str:
    """Without the size of its storage: nothing goes back to a smaller one."""
    options = dict(service.options)
    sizes = {name: size for name, size in options.get("resources", {}).items() if name != "storage"}
    made_of = [service.version, service.kept_id, {**options, "resources": sizes}, service.placement]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def changed_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was chosen otherwise, by path, of a revision's options and of the next one's."""
    old, new = _leaves(before.get("values", {})), _leaves(after.get("values", {}))
    return [
        {"path": ".".join(path), "before": old.get(path), "after": new.get(path)}
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


def _leaves(values: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if not isinstance(values, Mapping):
        return {path: values}
    below = (_leaves(value, (*path, key)) for key, value in values.items())
    return {at: leaf for leaves in below for at, leaf in leaves.items()}


def _forget_oldest(service: Service) -> None:
    rows = Revision.objects.filter(service=service).order_by("-number")
    kept = set(rows.values_list("pk", flat=True)[:KEPT])
    ready = rows.filter(outcome=Outcome.READY.value)
    kept.update(ready.values_list("pk", flat=True)[:1])
    rows.exclude(pk__in=kept).delete()
