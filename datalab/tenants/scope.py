"""The tenant's border: every URL below a tenant passes through here."""

from typing import Any, ClassVar

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from datalab.accounts.models import User
from datalab.core.errors import NotAllowed, NotFound
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import Membership, Tenant


class TenantView(APIView):
    """Resolves `self.tenant`, `self.member` and `self.role`, or answers 404 as if it did not exist.

    `reading` and `writing` are the least roles for safe and unsafe methods. A platform
    administrator acts as an admin of every tenant.
    """

    permission_classes = [IsAuthenticated]
    reading: ClassVar[Role] = Role.VIEWER
    writing: ClassVar[Role] = Role.MEMBER
    tenant: Tenant
    member: User
    role: Role

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not isinstance(request.user, User):
            raise NotFound("No such tenant.")
        self.member = request.user
        self.tenant, self.role = tenant_for(self.member, kwargs["tenant"])
        needed = self.reading if request.method in {"GET", "HEAD", "OPTIONS"} else self.writing
        if not self.role.includes(needed):
            raise NotAllowed(f"This needs the role {needed} in {self.tenant.slug}; ask its admin.")


def tenant_for(user: User, slug: str) -> tuple[Tenant, Role]:
    """The tenant and what the user is in it. NotFound both where it is missing and where it is not theirs."""
    if user.is_platform_admin:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is not None:
            return tenant, Role.ADMIN
    membership = (
        Membership.objects.select_related("tenant").filter(tenant__slug=slug, user=user).first()
    )
    if membership is None:
        raise NotFound("No such tenant.")
    return membership.tenant, Role(membership.role)
