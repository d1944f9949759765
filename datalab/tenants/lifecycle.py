"""What a tenant is and may use. Pure: no database, no network, no clock."""

from enum import StrEnum


class Role(StrEnum):
    """What a member may do in a tenant. Each may do what the ones below it may."""

    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"

    def includes(self, other: "Role") -> bool:
        order = list(Role)
        return order.index(self) <= order.index(other)


class Kind(StrEnum):
    BUSINESS_UNIT = "business_unit"
    PORTFOLIO_COMPANY = "portfolio_company"


class Wanted(StrEnum):
    """What a platform administrator wants the tenant to be."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


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
KINDS = [kind.value for kind in Kind]
STATES = [state.value for state in State]
