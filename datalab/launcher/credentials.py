"""What a running service is given: its secrets, read with its own token, and a token for S3 keys.

A service's own token of the secret store lives in the worker's memory only: see store_tokens.
"""

import hashlib
import secrets as random
import threading
from collections.abc import Iterable

import structlog

from datalab.accounts.models import digest_of
from datalab.core.errors import InvalidInput, ProviderError, ProviderUnavailable
from datalab.core.names import slug
from datalab.launcher import admissions
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service, ServiceCredential, ServiceQuerySet
from datalab.launcher.store_tokens import Held, StoreTokens
from datalab.providers import registry
from datalab.providers.cluster.base import Observed, SecretAccess
from datalab.providers.secrets.base import AccessRefused, Secret
from datalab.providers.secrets.policies import service_role_name
from datalab.vault.paths import to_api
from datalab.vault.rendering import render_files

log = structlog.get_logger(__name__)

TOKEN_FILE = "/var/run/datalab/token"  # noqa: S105 - where it lies, not what it is
STORE = "secrets"
"""As the store's errors name it."""


_tokens = StoreTokens()
_sweep = threading.Lock()


def check_secrets(tenant: str, paths: Iterable[str]) -> None:
    """Before a launch: InvalidInput naming the chosen secret that does not exist."""
    store = registry.secret_store()
    for path in paths:
        if store.read(tenant, path) is None:
            raise InvalidInput(
                f"There is no secret {to_api(path)} in this tenant.",
                fields={"secrets": f"{to_api(path)} does not exist"},
            )


def files_for(service: Service) -> dict[str, bytes]:
    """The files of this very start. The former start's token for S3 keys ends with it.

    InvalidInput where a chosen secret is gone: that is the reason which its owner reads.
    """
    if registry.cluster_runtime().injects_credentials:
        check_secrets(service.tenant.slug, service.secrets)
        admissions.admit(service)
        Service.objects.filter(pk=service.pk).update(restart_to_apply=False)
        return {}
    # Secrets first: where they cannot be had, what still runs keeps its token for S3 keys.
    secrets = _secret_files(service) if service.secrets else _no_secrets(service)
    if registry.cluster_runtime().identifies_tools:
        return secrets
    token = random.token_urlsafe(32)
    ServiceCredential.objects.update_or_create(
        service=service, defaults={"digest": digest_of(token)}
    )
    return {TOKEN_FILE: token.encode(), **secrets}


def access_of(service: Service) -> SecretAccess | None:
    """What the cluster may fetch for it by itself; None where the platform reads for it."""
    if not (service.secrets and registry.cluster_runtime().injects_credentials):
        return None
    tenant = service.tenant.slug
    paths = [f"{tenant}/{path}" for path in service.secrets]
    return SecretAccess(role=service_role_name(tenant, service.name), paths=paths)


def _secret_files(service: Service) -> dict[str, bytes]:
    if service.secret_accessor == service_role_name(service.tenant.slug, service.name):
        admissions.dismiss(service)  # secrets were delivered in another way before
    held = _tokens.of(service)
    with held.lock:
        # The tenant's reconciler makes it too, and may not have come to a new member yet.
        member = slug(service.owner.username)
        registry.secret_store().ensure_member(service.tenant.slug, member)
        _tokens.issue(service, held)
        files = render_files(_read(service, held))
        _remember(held, files)
    Service.objects.filter(pk=service.pk).update(restart_to_apply=False)
    return files


def _no_secrets(service: Service) -> dict[str, bytes]:
    """Handed over, it may have lost all of them: the former owner's token ends."""
    if service.secret_accessor:
        _end_store_token(service)
        Service.objects.filter(pk=service.pk).update(secret_accessor="")
    return {}


def forget(service: Service) -> None:
    """End both tokens, and let its pods sign in no more. S3 keys already handed out live out their hour."""
    ServiceCredential.objects.filter(service=service).delete()
    if registry.cluster_runtime().injects_credentials:
        admissions.dismiss(service)
    else:
        _end_store_token(service)


def _end_store_token(service: Service) -> None:
    _tokens.drop(service)
    service.refresh_from_db(fields=["secret_accessor"])  # a sweep may have changed it meanwhile
    if service.secret_accessor:
        registry.secret_store().revoke_token(service.secret_accessor)


def refresh_secrets() -> None:
    """The sweep: whatever changed behind our back reaches the files of running tools.

    One at a time, and it ends where the store does not answer: the next is due in seconds.
    """
    if registry.cluster_runtime().injects_credentials or not _sweep.acquire(blocking=False):
        return
    try:
        for service in _running():
            if not _refresh(service):
                break
    finally:
        _sweep.release()


def refresh_secrets_of(tenant_id: str, path: str) -> None:
    """At once, where the change came through our API. A cluster's agent renders it by itself."""
    for service in _running().filter(tenant_id=tenant_id):
        if path not in service.secrets:
            continue
        if registry.cluster_runtime().injects_credentials:
            Service.objects.filter(pk=service.pk).update(restart_to_apply=True)
        else:
            _refresh(service)


def _running() -> ServiceQuerySet:
    rows = Service.objects.select_related("tenant", "owner").exclude(secrets=[])
    alive = [Observed.RUNNING.value, Observed.STARTING.value]
    return rows.filter(wanted=Wanted.RUNNING.value, observed__in=alive)


def _refresh(service: Service) -> bool:
    """False where the store does not answer, so that others need not be tried."""
    held = _tokens.of(service)
    try:
        with held.lock:
            _deliver_changes(service, held)
    except (ProviderError, InvalidInput) as problem:
        if held.problem != problem.code:
            log.warning("secrets_not_refreshed", service_id=str(service.id), code=problem.code)
        held.problem = problem.code
        return not (isinstance(problem, ProviderUnavailable) and problem.provider == STORE)
    held.problem = ""
    return True


def _deliver_changes(service: Service, held: Held) -> None:
    """A secret that is gone leaves its last file, as the agent does; a name that is gone, none."""
    files = render_files(_read(service, held))
    if _digest(files) == held.digest:
        return
    gone = dict.fromkeys(held.paths - files.keys(), b"")
    # Where several workers sweep, another may have delivered the same before.
    if registry.cluster_runtime().deliver(service.ref, {**files, **gone}):
        Service.objects.filter(pk=service.pk).update(restart_to_apply=True)
    _remember(held, files)


def _remember(held: Held, files: dict[str, bytes]) -> None:
    held.digest, held.paths = _digest(files), frozenset(files)


def _read(service: Service, held: Held) -> list[Secret]:
    return [_read_one(service, held, path) for path in service.secrets]


def _read_one(service: Service, held: Held, path: str) -> Secret:
    secret = _read_as_service(service, held, path)
    if secret is None:
        raise InvalidInput(f"The secret {to_api(path)} does not exist any more.")
    return secret


def _read_as_service(service: Service, held: Held, path: str) -> Secret | None:
    store, tenant = registry.secret_store(), service.tenant.slug
    if not held.token:
        _tokens.issue(service, held)
    try:
        return store.read_as(held.token, tenant, path)
    except AccessRefused as refusal:
        # Ended, or forbidden? The store does not say; a new token does.
        if _tokens.may_have_ended(service, held):
            _tokens.issue(service, held)
            return store.read_as(held.token, tenant, path)
        raise InvalidInput(f"{service.owner.username} may not read {to_api(path)}.") from refusal


def _digest(files: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
    return whole.hexdigest()
