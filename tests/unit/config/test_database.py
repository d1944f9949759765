"""From DATALAB_DATABASE_URL to Django's settings."""

from pathlib import Path
from typing import Any

import pytest

from datalab.config.database import database
from datalab.config.env import WrongSetting

FILE = Path("/state/datalab.sqlite3")
URL = "postgresql://datalab:from-url@db.example:6432/platform"


def made(url: str, *, password: str = "") -> dict[str, Any]:
    return database(url, password=password, sqlite_file=FILE, statement_seconds=30, lock_seconds=10)


def test_without_a_url_it_is_the_file_in_the_state_folder() -> None:
    found = made("")
    assert found["ENGINE"] == "datalab.config.sqlite"
    assert found["NAME"] == str(FILE)
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_url_names_the_server_the_user_and_the_database() -> None:
    found = made(URL)
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert {name: found[name] for name in ("HOST", "PORT", "USER", "NAME", "PASSWORD")} == {
        "HOST": "db.example",
        "PORT": "6432",
        "USER": "datalab",
        "NAME": "platform",
        "PASSWORD": "from-url",
    }
    assert found["CONN_HEALTH_CHECKS"] is True


def test_escaped_characters_are_meant_as_themselves() -> None:
    found = made("postgres://d%40ta:p%2Fw%3A@h/n%20m")
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("d@ta", "p/w:", "n m")


def test_a_password_of_its_own_comes_before_that_of_the_url() -> None:
    assert made(URL, password="mounted")["PASSWORD"] == "mounted"


def test_how_to_connect_stands_behind_the_question_mark() -> None:
    options = made(f"{URL}?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3")["OPTIONS"]
    assert options["sslmode"] == "verify-full"
    assert options["sslrootcert"] == "/ca.pem"
    assert options["connect_timeout"] == "3"


def test_statements_locks_and_idle_transactions_are_limited() -> None:
    assert made(URL)["OPTIONS"]["options"] == (
        "-c statement_timeout=30000 -c lock_timeout=10000 "
        "-c idle_in_transaction_session_timeout=60000"
    )


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("mysql://u:p@h/n", id="another kind"),
        pytest.param("db.example/platform", id="no scheme"),
        pytest.param("postgresql://u:p@h/", id="no name"),
        pytest.param("postgresql://h/n", id="no user"),
        pytest.param("postgresql://u:p@h:port/n", id="a port that is none"),
        pytest.param(f"{URL}?sslmode=perhaps", id="an sslmode that is none"),
        pytest.param(f"{URL}?options=-c%20search_path=x", id="an option of SQL"),
    ],
)
def test_a_wrong_url_stops_the_process_and_never_shows_the_password(url: str) -> None:
    with pytest.raises(WrongSetting) as stopped:
        made(url)
    assert "DATALAB_DATABASE_URL" in str(stopped.value)
    assert "from-url" not in str(stopped.value)
