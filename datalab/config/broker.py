"""From `DATALAB_BROKER_URL` to Celery's settings: Redis, Valkey or RabbitMQ, and a folder embedded."""

import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from datalab.config.env import WrongSetting

NAME = "DATALAB_BROKER_URL"
FOLDER = "filesystem://localhost"
_TLS_OPTIONS = {"rediss": "ssl_{}", "amqps": "{}"}
"""How each transport calls `cert_reqs` and `ca_certs`."""
_SCHEMES = {"filesystem", "redis", "amqp", *_TLS_OPTIONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """`tls` is for `broker_use_ssl`: None where the connection is in the clear."""

    url: str = field(repr=False)
    tls: dict[str, Any] | None


def broker(url: str, *, password: str, ca_file: str) -> Broker:
    """An empty password is the URL's. An empty `ca_file`: the machine's authorities."""
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        raise WrongSetting(NAME, "is not redis://, rediss://, amqp:// or amqps://")
    if parts.query:
        raise WrongSetting(NAME, "has a query; TLS is said by rediss:// or amqps://")
    if password:
        host = parts.netloc.rpartition("@")[2]
        user = quote(parts.username or "", safe="%")
        parts = parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}")
    return Broker(url=urlunsplit(parts), tls=_tls(parts.scheme, parts.hostname or "", ca_file))


def _tls(scheme: str, host: str, ca_file: str) -> dict[str, Any] | None:
    """Without this Celery would talk to whoever answers.

    https://docs.celeryq.dev/en/stable/userguide/configuration.html#broker-use-ssl
    """
    if scheme not in _TLS_OPTIONS:
        return None
    called = _TLS_OPTIONS[scheme].format
    found: dict[str, Any] = {called("cert_reqs"): ssl.CERT_REQUIRED}
    if scheme == "amqps":
        found["server_hostname"] = host  # Redis' client compares the name by itself
    return {**found, called("ca_certs"): ca_file} if ca_file else found
