"""Services inside the tenant's border."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request

from datalab.core.errors import NotAllowed, NotFound
from datalab.launcher.models import Service
from datalab.tenants.lifecycle import Role
from datalab.tenants.scope import TenantView


class ServiceView(TenantView):
    """Resolves `self.service` by id or by name within the tenant, or answers 404."""

    service: Service

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.service = self._find(kwargs["service"])
        if request.method not in {"GET", "HEAD", "OPTIONS"} and not self._may_change():
            raise NotAllowed("Only its owner or an admin of the tenant can change this service.")

    def _find(self, key: str) -> Service:
        services = Service.objects.select_related("tenant", "owner").filter(tenant=self.tenant)
        try:
            found = services.filter(pk=UUID(key)).first()
        except ValueError:
            found = services.filter(name=key).first()
        if found is None:
            raise NotFound("No such service.")
        return found

    def _may_change(self) -> bool:
        return self.role is Role.ADMIN or self.service.owner_id == self.member.pk
