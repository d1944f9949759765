"""Small questions to an object of the API server. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

INSTANCE = "app.kubernetes.io/instance"
"""The label that names the release an object belongs to."""
REVISION = "deployment.kubernetes.io/revision"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def moment(text: str | None) -> datetime:
    """Long ago where there is none."""
    return datetime.fromisoformat(text) if text else _LONG_AGO


def name_of(item: Json) -> str:
    return str(item["metadata"]["name"])


def uid_of(item: Json) -> str:
    return str(item["metadata"].get("uid", ""))


def label(item: Json, key: str) -> str:
    return str((item["metadata"].get("labels") or {}).get(key, ""))


def annotation(item: Json, key: str) -> str:
    return str((item["metadata"].get("annotations") or {}).get(key, ""))


def is_going(item: Json) -> bool:
    """It is being deleted."""
    return bool(item["metadata"].get("deletionTimestamp"))


def is_owned_by(item: Json, owner: Json) -> bool:
    owners = item["metadata"].get("ownerReferences") or []
    return any(one.get("uid") == uid_of(owner) for one in owners)


def condition(item: Json, kind: str) -> Json:
    """Empty where the object does not have it."""
    found = (item.get("status") or {}).get("conditions") or []
    return next((one for one in found if one.get("type") == kind), {})


def happened_at(event: Json) -> datetime:
    return moment(event.get("lastTimestamp"))


def events_of(item: Json, events: Sequence[Json], *reasons: str) -> list[Json]:
    """Those about this very object, newest first; of the given reasons only, where any is given."""
    uid = uid_of(item)
    found = [
        one
        for one in events
        if one["involvedObject"].get("uid") == uid and (not reasons or one["reason"] in reasons)
    ]
    return sorted(found, key=happened_at, reverse=True)


def newest(item: Json, events: Sequence[Json], *reasons: str) -> Json | None:
    return next(iter(events_of(item, events, *reasons)), None)
