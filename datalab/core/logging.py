"""How the platform writes its log: events with keys, and no value that may be secret."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET_KEY = re.compile(
    r"(^|_)(password|passwd|secret|token|authorization|cookie|credentials?|private_key|api_key"
    r"|access_key|secret_key|session_key|code_verifier|id_token_hint)(_value)?s?$",
    re.IGNORECASE,
)
REDACTED = "…"
EventDict = MutableMapping[str, Any]


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Blank whatever is filed under a name for secrets, however deep."""
    for key in event:
        event[key] = _redacted(str(key), event[key])
    return event


def _redacted(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {inner: _redacted(str(inner), kept) for inner, kept in value.items()}
    if isinstance(value, list | tuple):
        # A tuple stays one: as a list an `exc_info` is no longer known, and its traceback is lost.
        blanked = [_redacted(key, one) for one in value]
        return tuple(blanked) if isinstance(value, tuple) else blanked
    return REDACTED if value and _SECRET_KEY.search(key.replace("-", "_")) else value


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    redact,
]


def logging_config(*, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING: the libraries' own records go the same way as ours."""
    rendering: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        # Its own choice of a traceback prints the values of local variables: secrets among them.
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *rendering,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # By itself: a Celery worker sets the root's level to its own --loglevel.
            "datalab": {"level": "INFO"},
            # Below INFO these write tokens and whole responses.
            "oauthlib": {"level": "WARNING"},
            "oauth2_provider": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            # Writes the token endpoint's answer on failure; our backend logs the reason.
            "mozilla_django_oidc": {"level": "ERROR"},
        },
    }


def configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
