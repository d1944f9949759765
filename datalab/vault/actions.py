"""What can be done with a tenant's secrets. Values go to the store and nowhere else."""

from collections.abc import Mapping
from typing import Any

from celery import current_app
from django.db import transaction

from datalab.accounts.models import User
from datalab.audit.models import EventType
from datalab.audit.record import Plain, record
from datalab.core.errors import NotFound
from datalab.core.later import after_commit
from datalab.core.names import slug
from datalab.providers import registry
from datalab.providers.secrets.base import Secret
from datalab.providers.secrets.paths import SHARED, USERS
from datalab.tenants.models import Tenant
from datalab.vault.paths import to_api

REFRESH = "datalab.launcher.tasks.refresh_secrets_of"
"""By name: the launcher stands above this app."""


def list_secrets(*, tenant: Tenant, user: User) -> list[str]:
    """Paths as the API names them: the tenant's, then the caller's own."""
    store = registry.secret_store()
    own = f"{USERS}/{slug(user.username)}"
    return [to_api(path) for area in (SHARED, own) for path in store.list(tenant.slug, area)]


def read_secret(*, tenant: Tenant, path: str) -> Secret:
    secret = registry.secret_store().read(tenant.slug, path)
    if secret is None:
        raise NotFound("There is no such secret.")
    return secret


def write_secret(
    *, tenant: Tenant, by: User, path: str, data: Mapping[str, str], if_version: int | None
) -> Secret:
    """Compare and set: Conflict where somebody changed it since `if_version`."""
    version = registry.secret_store().write(tenant.slug, path, data, if_version=if_version)
    _note(
        EventType.SECRET_WRITTEN, tenant, by, path, names=list[Plain](sorted(data)), version=version
    )
    return Secret(data=dict(data), version=version)


def delete_secret(*, tenant: Tenant, by: User, path: str) -> None:
    read_secret(tenant=tenant, path=path)
    registry.secret_store().delete(tenant.slug, path)
    _note(EventType.SECRET_DELETED, tenant, by, path)


@transaction.atomic
def _note(event: EventType, tenant: Tenant, by: User, path: str, **more: Any) -> None:
    """The event holds names, never values; running tools hear of it at once."""
    record(event, actor=by.username, tenant_id=tenant.id, path=to_api(path), **more)
    after_commit(current_app.send_task, REFRESH, (str(tenant.id), path))
