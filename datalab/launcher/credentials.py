"""What a running service is given: its secrets, read with its own token, and a token for S3 keys.

A service's token of the secret store lives in the worker's memory only; the row keeps its accessor,
which can end it and nothing else. After a restart of the worker a new one is issued.
"""

import hashlib
import secrets as random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog

from datalab.accounts.models import digest_of
from datalab.core.errors import InvalidInput, ProviderError
from datalab.core.names import slug
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service, ServiceCredential, ServiceQuerySet
from datalab.providers import registry
from datalab.providers.cluster.base import Observed
from datalab.providers.secrets.base import AccessRefused, Secret
from datalab.vault.paths import to_api
from datalab.vault.rendering import render_files

log = structlog.get_logger(__name__)

TOKEN_FILE = "/var/run/datalab/token"  # noqa: S105 - where it lies, not what it is


@dataclass(slots=True)
class _Held:
    """What this worker knows of one service's secrets."""

    token: str = field(default="", repr=False)
    accessor: str = ""
    digest: str = ""
    """Of the files as they were delivered last; empty where this worker has not delivered any."""


class _Tokens:
    """The tokens of all services whose secrets this worker has read. Safe between threads."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def of(self, service: Service) -> _Held:
        """Its token; a new one where this worker has none, which ends the old one."""
        with self._lock:
            held = self._held.get(str(service.id))
        return held or self.renew(service)

    def renew(self, service: Service) -> _Held:
        """A new token in the place of the one that was."""
        store = registry.secret_store()
        former = service.secret_accessor
        issued = store.issue_token(
            service.tenant.slug,
            member=slug(service.owner.username),
            display_name=service.name,
        )
        with self._lock:
            held = self._held.setdefault(str(service.id), _Held())
            held.token, held.accessor = issued.token, issued.accessor
        Service.objects.filter(pk=service.pk).update(secret_accessor=issued.accessor)
        if former:
            store.revoke_token(former)
        return held

    def drop(self, service: Service) -> None:
        with self._lock:
            self._held.pop(str(service.id), None)


_tokens = _Tokens()


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
        return {}
    token = random.token_urlsafe(32)
    ServiceCredential.objects.update_or_create(
        service=service, defaults={"digest": digest_of(token)}
    )
    files = {TOKEN_FILE: token.encode()}
    if service.secrets:
        held = _tokens.renew(service)
        rendered = render_files(_read(service, held))
        held.digest = _digest(rendered)
        files |= rendered
        Service.objects.filter(pk=service.pk).update(restart_to_apply=False)
    return files


def forget(service: Service) -> None:
    """End both tokens. S3 keys already handed out live out their hour."""
    ServiceCredential.objects.filter(service=service).delete()
    _tokens.drop(service)
    if service.secret_accessor:
        registry.secret_store().revoke_token(service.secret_accessor)


def refresh_secrets() -> None:
    """The sweep: whatever changed behind our back reaches the files of running tools."""
    for service in _running():
        _refresh(service)


def refresh_secrets_of(tenant_id: str, path: str) -> None:
    """At once, where the change came through our API."""
    for service in _running().filter(tenant_id=tenant_id):
        if path in service.secrets:
            _refresh(service)


def _running() -> ServiceQuerySet:
    rows = Service.objects.select_related("tenant", "owner").exclude(secrets=[])
    alive = [Observed.RUNNING.value, Observed.STARTING.value]
    return rows.filter(wanted=Wanted.RUNNING.value, observed__in=alive)


def _refresh(service: Service) -> None:
    """Deliver what has changed. A secret that is gone leaves its last file, as the agent does."""
    if registry.cluster_runtime().injects_credentials:
        return
    try:
        held = _tokens.of(service)
        files = render_files(_read(service, held))
        if _digest(files) != held.digest:
            registry.cluster_runtime().deliver(service.ref, files)
            _note_change(service, known=held.digest)
            held.digest = _digest(files)
    except (ProviderError, InvalidInput) as problem:
        log.warning("secrets_not_refreshed", service_id=str(service.id), code=problem.code)


def _note_change(service: Service, *, known: str) -> None:
    """Unknown before (a new worker): nobody can say that the environment is old."""
    if known:
        Service.objects.filter(pk=service.pk).update(restart_to_apply=True)


def _read(service: Service, held: _Held) -> list[Secret]:
    return [_read_one(service, held, path) for path in service.secrets]


def _read_one(service: Service, held: _Held, path: str) -> Secret:
    store, tenant = registry.secret_store(), service.tenant.slug
    try:
        secret = store.read_as(held.token, tenant, path)
    except AccessRefused:
        # The token has ended (a long outage of the worker), or the policy says no: a new one tells.
        service.refresh_from_db(fields=["secret_accessor"])
        secret = store.read_as(_tokens.renew(service).token, tenant, path)
    if secret is None:
        raise InvalidInput(f"The secret {to_api(path)} does not exist any more.")
    return secret


def _digest(files: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(path.encode() + b"\0" + hashlib.sha256(files[path]).digest())
    return whole.hexdigest()
