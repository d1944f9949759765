"""What a tenant is and may use. Pure: no database, no network, no clock."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a member may do in a tenant. Each may do what the ones below it may."""

    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"

    def includes(self, other: "Role") -> bool:
        order = list(Role)
        return order.index(self) <= order.index(other)


class ServicesFate(StrEnum):
    """What becomes of somebody's services when they may no longer run them."""

    PAUSE = "pause"
    REMOVE = "remove"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """`heir` is the user name of the member who gets them, where they are handed over."""

    services: ServicesFate = ServicesFate.PAUSE
    heir: str = ""


PAUSED = Fate()
"""Until an admin decides."""


class Source(StrEnum):
    """Why somebody is a member."""

    GROUPS = "groups"
    HAND = "hand"
    INVITATION = "invitation"


class Kind(StrEnum):
    BUSINESS_UNIT = "business_unit"
    PORTFOLIO_COMPANY = "portfolio_company"


class Wanted(StrEnum):
    """What a platform administrator wants the tenant to be."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


class RemovalStep(StrEnum):
    """What deleting a tenant is busy with, in this order. Until SERVICES begins it can be cancelled."""

    RETENTION = "retention"  # everything is paused and kept until the date
    SERVICES = "services"
    ACCESS = "access"
    SECRETS = "secrets"
    FILES = "files"
    NAMESPACE = "namespace"
    RECORD = "record"


class State(StrEnum):
    """What a person is told. Derived, never stored."""

    PROVISIONING = "provisioning"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETING = "deleting"


def state_of(wanted: Wanted, *, provisioned: bool) -> State:
    match wanted:
        case Wanted.REMOVED:
            return State.DELETING
        case Wanted.SUSPENDED:
            return State.SUSPENDED
        case Wanted.ACTIVE:
            return State.ACTIVE if provisioned else State.PROVISIONING


ROLES = [role.value for role in Role]
RUNNERS = [Role.ADMIN.value, Role.MEMBER.value]
"""The roles that launch, own and open services."""
FATES = [fate.value for fate in ServicesFate]
INVITATION_STATES = ["open", "expired", "inviter_gone"]
SOURCES = [source.value for source in Source]
KINDS = [kind.value for kind in Kind]
REMOVAL_STEPS = [step.value for step in RemovalStep]
STATES = [state.value for state in State]
