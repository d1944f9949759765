"""From `DATALAB_DATABASE_URL` to Django's settings. PostgreSQL in production, SQLite embedded."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from datalab.config.env import WrongSetting

NAME = "DATALAB_DATABASE_URL"
KEPT_FOR = 60
"""Seconds that a connection is kept by its thread. The portal's and the worker's threads are fixed
in number, so each has one of its own and a pool would only add a hand-over."""
_SCHEMES = {"postgresql", "postgres"}
_CONNECTING = {
    # https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
_SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
_OF_A_URL = {
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "target_session_attrs",
    "connect_timeout",
}


def database(
    url: str, *, password: str, sqlite_file: Path, statement_seconds: int, lock_seconds: int
) -> dict[str, Any]:
    """The settings of `default`. An empty URL is the SQLite file; 0 seconds are no limit."""
    if not url:
        return sqlite(sqlite_file)
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        raise WrongSetting(NAME, "is not postgresql://USER@HOST:PORT/NAME")
    name = unquote(parts.path.removeprefix("/"))
    if not name or not parts.username:
        raise WrongSetting(NAME, "lacks the user or the name of the database")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username),
        "PASSWORD": password or unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(_port(url) or ""),
        "CONN_MAX_AGE": KEPT_FOR,
        # A connection that the server or something between has dropped is opened anew.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **_CONNECTING,
            **_said(parts.query),
            "application_name": "datalab",
            "options": f"-c statement_timeout={statement_seconds * 1000}"
            f" -c lock_timeout={lock_seconds * 1000}"
            f" -c idle_in_transaction_session_timeout={statement_seconds * 2000}",
        },
    }


def sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "datalab.config.sqlite",
        "NAME": str(file),
        "CONN_MAX_AGE": KEPT_FOR,
        "OPTIONS": {
            # Without IMMEDIATE a transaction that reads first and writes later fails under load.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        raise WrongSetting(NAME, "has a port that is none") from None


def _said(query: str) -> dict[str, str]:
    """What stands behind the `?`: how to connect, and nothing that changes what SQL means."""
    said = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := said.keys() - _OF_A_URL:
        raise WrongSetting(NAME, f"has {', '.join(sorted(unknown))}, which is not known here")
    if said.get("sslmode", "prefer") not in _SSL_MODES:
        raise WrongSetting(NAME, f"has an sslmode that is none of {', '.join(sorted(_SSL_MODES))}")
    return said
