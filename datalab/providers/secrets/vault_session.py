"""Speaking to OpenBao or Vault: who we are, how long we wait, what its answers mean."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import hvac
import requests
from hvac import exceptions as vault_errors
from requests.adapters import HTTPAdapter

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.secrets.base import AccessRefused

PROVIDER = "secrets"
_TIMEOUT = (3.05, 10.0)
"""Seconds: to connect, to answer."""
_PING = (1.0, 2.0)
_CONNECTIONS = 16
_USE_OF_LIFETIME = 2 / 3
"""A token is replaced long before its end: no call may begin with one and end without."""
Answer = TypeVar("Answer")


class VaultSession:
    """One pool of connections, the platform's own login, and calls with other people's tokens.

    Logs in by AppRole when it must and again well before the token ends, rather than renewing:
    a login is one call too, outlives any maximal lifetime, and works after the server was away.
    Safe to share between threads.
    """

    def __init__(
        self,
        *,
        address: str,
        role_id: str,
        secret_id: Callable[[], str],
        ca_file: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = address
        self._role_id = role_id
        self._secret_id = secret_id
        self._clock = clock
        self._http = _connections(address, ca_file)
        self._lock = threading.Lock()
        self._token = ""
        self._fresh_until = 0.0

    def __repr__(self) -> str:
        return f"VaultSession(address={self._address!r})"

    def as_platform(self, call: Callable[[hvac.Client], Answer]) -> Answer:
        """`call` with the platform's own rights. A token that died before its time is replaced."""
        with translated():
            client = self._client(self._own_token())
            try:
                return call(client)
            except vault_errors.Forbidden:
                if _is_alive(client):
                    raise
                self._drop(client.token)
            return call(self._client(self._own_token()))

    def ping(self) -> None:
        """Sealed, standby without a leader and not initialized are all no 200.

        https://openbao.org/api-docs/system/health/
        """
        with translated():
            answer = self._http.get(
                f"{self._address}/v1/sys/health", params={"standbyok": "true"}, timeout=_PING
            )
            if answer.status_code != 200:
                raise _unavailable()
            self._own_token()

    def as_holder(self, token: str, call: Callable[[hvac.Client], Answer]) -> Answer:
        """`call` with somebody's token and nothing else: the store's policies decide."""
        with translated():
            return call(self._client(token))

    def _own_token(self) -> str:
        with self._lock:
            if not self._token or self._clock() >= self._fresh_until:
                self._log_in()
            return self._token

    def _log_in(self) -> None:
        answer = self._client("").auth.approle.login(
            role_id=self._role_id, secret_id=self._secret_id(), use_token=False
        )
        lifetime = float(answer["auth"]["lease_duration"])
        self._token = answer["auth"]["client_token"]
        self._fresh_until = self._clock() + lifetime * _USE_OF_LIFETIME

    def _drop(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._token = ""

    def _client(self, token: str) -> hvac.Client:
        # A token is always given, or hvac would take one from the environment or the home folder.
        return hvac.Client(
            url=self._address, token=token, timeout=_TIMEOUT, session=self._http, verify=True
        )


@contextmanager
def translated() -> Iterator[None]:
    """https://openbao.org/api-docs/#http-status-codes

    500 and 503 are a server that is sealed, is starting, or cannot write its audit log. What has
    no class in hvac (412, 504, …) may pass: unknown is not permanent.
    """
    try:
        yield
    except (
        OSError,  # no connection, a time-out; a mounted file that cannot be read now
        vault_errors.InternalServerError,
        vault_errors.VaultNotInitialized,
        vault_errors.BadGateway,
        vault_errors.VaultDown,
        vault_errors.RateLimitExceeded,
        vault_errors.UnexpectedError,
    ) as exc:
        raise _unavailable() from exc
    except vault_errors.Forbidden as exc:
        raise AccessRefused("The secret store does not allow this.", provider=PROVIDER) from exc
    except vault_errors.VaultError as exc:
        if _is_passing(exc):
            raise _unavailable() from exc
        raise ProviderRefused("The secret store refused this.", provider=PROVIDER) from exc


def _unavailable() -> ProviderUnavailable:
    return ProviderUnavailable(
        "The secret store does not answer. Try again in a moment.", provider=PROVIDER
    )


def _is_passing(exc: vault_errors.VaultError) -> bool:
    """A new KV mount answers 400 "Upgrading from non-versioned to versioned data" for a moment."""
    return any("Upgrading" in str(one) for one in exc.errors or [])


def _is_alive(client: hvac.Client) -> bool:
    try:
        client.auth.token.lookup_self()
    except vault_errors.Forbidden:
        return False
    return True


def _connections(address: str, ca_file: str) -> requests.Session:
    session = requests.Session()
    session.verify = ca_file or True
    # A proxy of the machine's environment must never see what goes to loopback.
    session.trust_env = urlsplit(address).hostname not in {"127.0.0.1", "localhost", "::1"}
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=_CONNECTIONS)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def found(call: Callable[[], Answer]) -> Answer | None:
    """What `call` answers, None where the store says that there is nothing."""
    try:
        return call()
    except vault_errors.InvalidPath:
        return None


def is_lost_race(exc: vault_errors.InvalidRequest) -> bool:
    """Compare-and-set failed: the server has no code for it, only this sentence."""
    return any("check-and-set" in str(one) for one in exc.errors or [])


Body = dict[str, Any]
