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


ROLES = [role.value for role in Role]
KINDS = [kind.value for kind in Kind]
