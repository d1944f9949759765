"""No secret in the log: whatever is filed under a secret's name is blanked."""

import logging
from typing import Any

import pytest

from datalab.core.logging import REDACTED, logging_config, redact


@pytest.mark.parametrize(
    "key",
    [
        *("password", "token", "access_token", "client_secret", "Authorization", "Set-Cookie"),
        *("secret_key", "api_keys", "credentials", "session_key", "DB_PASSWORD", "secret_value"),
    ],
)
def test_values_under_names_of_secrets_are_blanked(key: str) -> None:
    assert redact(None, "info", {key: "hunter2"})[key] == REDACTED


@pytest.mark.parametrize("key", ["token_id", "secret_name", "secrets_count", "event", "keyboard"])
def test_names_and_ids_of_secrets_are_kept(key: str) -> None:
    assert redact(None, "info", {key: "shown"})[key] == "shown"


def test_secrets_are_blanked_however_deep_they_are() -> None:
    event: dict[str, Any] = {"headers": [{"cookie": "a=b", "host": "x"}], "tokens": ["t"]}
    assert redact(None, "info", event) == {
        "headers": [{"cookie": REDACTED, "host": "x"}],
        "tokens": [REDACTED],
    }


def test_records_of_libraries_go_the_same_way_as_ours() -> None:
    config = logging_config(as_json=True)
    formatter = config["formatters"]["events"]
    made = formatter["()"](
        foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
    )
    record = logging.LogRecord("lib", logging.INFO, __file__, 1, "it %s", ("happened",), None)
    assert '"event": "it happened"' in made.format(record)


def test_libraries_that_log_tokens_when_asked_for_detail_are_kept_quiet() -> None:
    loggers = logging_config(as_json=False)["loggers"]
    for name in ("oauthlib", "oauth2_provider", "httpx", "urllib3", "mozilla_django_oidc"):
        assert logging.getLevelName(loggers[name]["level"]) >= logging.WARNING


@pytest.mark.parametrize("as_json", [True, False], ids=["for machines", "for people"])
def test_a_traceback_shows_no_value_of_a_variable(as_json: bool) -> None:
    """structlog's own choice, where rich is installed, prints the locals of every frame."""
    password = "-".join(["canary", "local"])  # no line of the source holds it
    with pytest.raises(ValueError, match="refused") as caught:
        _fail_with(password)
    failure = (caught.type, caught.value, caught.tb)
    config = logging_config(as_json=as_json)["formatters"]["events"]
    made = config["()"](
        foreign_pre_chain=config["foreign_pre_chain"], processors=config["processors"]
    )
    written = made.format(logging.LogRecord("x", logging.ERROR, "f", 1, "failed", None, failure))
    assert "ValueError: refused" in written
    assert "_fail_with" in written
    assert password not in written


def _fail_with(password: str) -> None:
    raise ValueError("refused" if password else "")
