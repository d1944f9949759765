"""The tokens with which running services' secrets are read: one for each, in this process only.

The row keeps a token's accessor, which can end it and nothing else. After a restart of the worker
a new one is issued and the former ended.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from datalab.core.names import slug
from datalab.launcher.models import Service
from datalab.providers import registry

RENEW_AT_MOST = 60.0
"""Seconds. A younger token that is refused has not ended: what it asked for is forbidden."""


@dataclass(slots=True)
class Held:
    """What this worker knows of one service's secrets. Whoever uses it holds its lock."""

    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    token: str = field(default="", repr=False)
    accessor: str = ""
    issued_at: float = 0.0
    digest: str = ""
    """Of the files as they were delivered last; empty where this worker has not delivered any."""
    paths: frozenset[str] = frozenset()
    """Of the same files."""
    problem: str = ""
    """Why the last refresh failed, so that the log hears of it once."""


class StoreTokens:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()
        self._clock = clock

    def of(self, service: Service) -> Held:
        with self._lock:
            return self._held.setdefault(str(service.id), Held())

    def drop(self, service: Service) -> None:
        with self._lock:
            self._held.pop(str(service.id), None)

    def issue(self, service: Service, held: Held) -> None:
        """A new token in the place of the one that was, which ends."""
        store = registry.secret_store()
        service.refresh_from_db(fields=["secret_accessor"])
        former = service.secret_accessor
        issued = store.issue_token(
            service.tenant.slug,
            member=slug(service.owner.username),
            display_name=service.name,
        )
        held.token, held.accessor, held.issued_at = issued.token, issued.accessor, self._clock()
        service.secret_accessor = issued.accessor
        Service.objects.filter(pk=service.pk).update(secret_accessor=issued.accessor)
        if former:
            store.revoke_token(former)

    def may_have_ended(self, service: Service, held: Held) -> bool:
        """By age, or because another worker has issued one of its own since."""
        service.refresh_from_db(fields=["secret_accessor"])
        if service.secret_accessor != held.accessor:
            return True
        return not held.token or self._clock() - held.issued_at >= RENEW_AT_MOST
