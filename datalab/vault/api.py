"""A tenant's secrets over HTTP. `personal/…` is always the caller's own."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datalab.accounts.acting import acting_in
from datalab.core.errors import NotAllowed
from datalab.tenants.lifecycle import Role
from datalab.tenants.scope import TenantView
from datalab.vault import actions
from datalab.vault.paths import PERSONAL, to_store
from datalab.vault.serializers import SecretListSerializer, SecretSerializer, SecretWriteSerializer


class SecretsView(TenantView):
    @extend_schema(responses=SecretListSerializer, operation_id="secrets_list")
    def get(self, request: Request, tenant: str) -> Response:
        """Names only, so that a viewer may see them too."""
        paths = actions.list_secrets(tenant=self.tenant, user=self.member)
        if acting_in(request):
            paths = [path for path in paths if not path.startswith(PERSONAL)]
        return Response({"results": [{"path": path} for path in paths]})


class SecretView(TenantView):
    reading = Role.MEMBER

    @extend_schema(responses=SecretSerializer, operation_id="secrets_read")
    def get(self, request: Request, tenant: str, path: str) -> Response:
        secret = actions.read_secret(tenant=self.tenant, path=self._stored(path))
        return Response({"path": path, "data": dict(secret.data), "version": secret.version})

    @extend_schema(
        request=SecretWriteSerializer, responses=SecretSerializer, operation_id="secrets_write"
    )
    def put(self, request: Request, tenant: str, path: str) -> Response:
        body = SecretWriteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        secret = actions.write_secret(
            tenant=self.tenant,
            by=self.member,
            path=self._stored(path),
            data=body.validated_data["data"],
            if_version=body.validated_data.get("version"),
        )
        return Response({"path": path, "data": dict(secret.data), "version": secret.version})

    @extend_schema(responses={204: None}, operation_id="secrets_delete")
    def delete(self, request: Request, tenant: str, path: str) -> Response:
        actions.delete_secret(tenant=self.tenant, by=self.member, path=self._stored(path))
        return Response(status=204)

    def _stored(self, path: str) -> str:
        """Whoever runs the platform does not read what its tenants keep, nor in another's name."""
        if acting_in(self.request):
            raise NotAllowed("While you act as somebody, secrets stay closed.")
        if not self.tenant.memberships.filter(user=self.member).exists():
            raise NotAllowed("Only members of the tenant read and write its secrets.")
        return to_store(path, self.member.username)
