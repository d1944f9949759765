"""The tenant's border: every URL below a tenant passes through here."""

from typing import Any, ClassVar

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from datalab.accounts.models import User
from datalab.accounts.reach import SAFE_METHODS, Reach, Verb, Verbs
from datalab.core.errors import NotAllowed, NotSignedIn, OutOfReach, TenantSuspended
from datalab.tenants.lifecycle import Role, Wanted
from datalab.tenants.models import Membership, Tenant

VERB_OF = {Role.ADMIN: Verb.ADMIN, Role.MEMBER: Verb.WRITE, Role.VIEWER: Verb.READ}


class TenantView(APIView):
    """Resolves `self.tenant`, `self.member` and `self.role`, or answers 404 as if it did not exist.

    `reading` and `writing` are the least roles for safe and unsafe methods. A platform
    administrator acts as an admin of every tenant. In a suspended tenant only the unsafe methods
    of `while_suspended` go through: what ends access or running things, and what ends the suspension.
    Behind a token nobody's role is above what the token's verbs stand for.
    """

    permission_classes = [IsAuthenticated]
    reading: ClassVar[Role] = Role.VIEWER
    writing: ClassVar[Role] = Role.MEMBER
    open_to_acting: ClassVar[bool] = False
    """Whether somebody who acts as a member may change something here."""
    while_suspended: ClassVar[frozenset[str]] = frozenset()
    tenant: Tenant
    member: User
    role: Role

    @property
    def verbs(self) -> Verbs:
        """What tokens need here follows from the roles."""
        writing = VERB_OF[self.writing]
        return Verbs(
            reading=VERB_OF[self.reading],
            writing=Verb.WRITE if writing is Verb.READ else writing,
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.member = signed_in(request)
        self.tenant, self.role = tenant_for(self.member, kwargs["tenant"])
        safe = request.method in SAFE_METHODS
        needed = self.reading if safe else self.writing
        if not self.role.includes(needed):
            raise NotAllowed(f"This needs the role {needed} in {self.tenant.slug}; ask its admin.")
        if not safe and request.method not in self.while_suspended:
            check_active(self.tenant)


def check_active(tenant: Tenant) -> None:
    """TenantSuspended, with why and whom to ask, where nothing in it may change."""
    match Wanted(tenant.wanted):
        case Wanted.SUSPENDED:
            raise TenantSuspended(
                f"{tenant.display_name} is suspended: {tenant.suspended_reason}. You can look at "
                "everything and change nothing until a platform administrator reactivates it; "
                f"ask {tenant.suspended_by}."
            )
        case Wanted.REMOVED:
            raise TenantSuspended(
                f"{tenant.display_name} is being deleted; nothing in it can be changed any more. "
                "Ask a platform administrator."
            )
        case Wanted.ACTIVE:
            pass


def signed_in(request: Request) -> User:
    """Who is calling. NotSignedIn where nobody is: the permission class has seen to that."""
    if not isinstance(request.user, User):
        raise NotSignedIn("Sign in first.")
    return request.user


def platform_admin(request: Request) -> User:
    """Who is calling, where that is a platform administrator. NotAllowed for everybody else."""
    user = signed_in(request)
    if not user.is_platform_admin:
        raise NotAllowed("Only a platform administrator can do this.")
    return user


def tenant_for(user: User, slug: str) -> tuple[Tenant, Role]:
    """The tenant and the user's role in it. NotFound also where it exists and is not theirs."""
    found = _standing(user, slug)
    if found is None or not user.reach.covers(found[0].id):
        # Looked up for those too who knock at what does not exist: both take the same time.
        known = Tenant.objects.filter(slug=slug).values_list("id", flat=True).first()
        raise OutOfReach("No such tenant.", tenant_id=known)
    tenant, role = found
    return tenant, min(role, highest_role(user.reach), key=list(Role)[::-1].index)


def highest_role(reach: Reach) -> Role:
    """What a token's verbs stand for. Anything less than to write is to look on."""
    return next((role for role, verb in VERB_OF.items() if verb in reach.verbs), Role.VIEWER)


def _standing(user: User, slug: str) -> tuple[Tenant, Role] | None:
    if user.stands_above_tenants:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is not None:
            return tenant, Role.ADMIN
    membership = (
        Membership.objects.select_related("tenant").filter(tenant__slug=slug, user=user).first()
    )
    return None if membership is None else (membership.tenant, Role(membership.role))
