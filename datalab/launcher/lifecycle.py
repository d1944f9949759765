"""What to do next with a service. Pure: no database, no network, no clock."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from datalab.providers.cluster.base import Observed

SOON = timedelta(seconds=5)
LATER = timedelta(minutes=5)


class Wanted(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    REMOVED = "removed"


class Phase(StrEnum):
    """What a person is told. Derived, never stored."""

    QUEUED = "queued"
    PREPARING = "preparing"
    STARTING = "starting"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    REMOVING = "removing"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Action(StrEnum):
    NONE = "none"
    APPLY = "apply"
    REMOVE = "remove"
    FORGET = "forget"
