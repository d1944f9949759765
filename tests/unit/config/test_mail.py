"""From DATALAB_EMAIL_URL to the mail server's settings."""

from typing import Any

import pytest

from datalab.config.env import WrongSetting
from datalab.config.mail import mail
from datalab.providers.mail.smtp import Security

FROM = "Datalab <datalab@example.org>"


def options(url: str, *, password: str = "", sender: str = FROM) -> dict[str, Any]:
    found: dict[str, Any] = mail(url, password=password, sender=sender, ca_file="")
    return dict(found["mail"]["options"])


def test_without_a_server_there_is_no_mail() -> None:
    assert mail("", password="", sender="", ca_file="") == {}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("smtps://m.example", (Security.TLS, 465), id="TLS from the start"),
        pytest.param("smtp+starttls://m.example", (Security.STARTTLS, 587), id="STARTTLS"),
        pytest.param("smtp://m.example", (Security.NONE, 25), id="a relay inside"),
        pytest.param("smtps://m.example:4465/", (Security.TLS, 4465), id="a port"),
    ],
)
def test_the_scheme_says_how_and_where(url: str, expected: tuple[Security, int]) -> None:
    server = options(url)["server"]
    assert (server.host, server.security, server.port) == ("m.example", *expected)
    assert (server.username, server.password.reveal()) == ("", "")


def test_the_password_of_its_own_setting_comes_first_and_is_not_shown() -> None:
    found = options("smtps://me%40x:old%2F@m.example")
    assert (found["server"].username, found["server"].password.reveal()) == ("me@x", "old/")
    newer = options("smtps://me@m.example", password="hidden")
    assert newer["server"].password.reveal() == "hidden"
    assert "hidden" not in repr(newer)


@pytest.mark.parametrize(
    ("url", "sender", "named"),
    [
        pytest.param("m.example:25", FROM, "EMAIL_URL", id="no scheme"),
        pytest.param("https://m.example", FROM, "EMAIL_URL", id="another scheme"),
        pytest.param("smtps://", FROM, "EMAIL_URL", id="no host"),
        pytest.param("smtps://m.example/?tls=no", FROM, "EMAIL_URL", id="a query"),
        pytest.param("smtps://m.example:x", FROM, "EMAIL_URL", id="no port"),
        pytest.param("smtps://:p@m.example", FROM, "EMAIL_URL", id="a password and no user"),
        pytest.param("smtp://me:p@m.example", FROM, "in the clear", id="a password in the clear"),
        pytest.param("smtps://m.example", "", "EMAIL_FROM", id="no sender"),
        pytest.param("smtps://m.example", "Datalab", "EMAIL_FROM", id="no sender's address"),
        pytest.param("smtps://m.example", f"{FROM}\nBcc: x", "EMAIL_FROM", id="two lines"),
    ],
)
def test_anything_else_is_refused_by_name(url: str, sender: str, named: str) -> None:
    with pytest.raises(WrongSetting, match=named):
        options(url, sender=sender)


def test_on_this_machine_a_password_may_go_in_the_clear() -> None:
    assert options("smtp://me:p@127.0.0.1:25")["server"].security is Security.NONE


def test_a_part_that_sends_no_mail_starts_without_the_password() -> None:
    found = options("smtps://me@m.example")["server"]
    assert (found.username, found.password.reveal()) == ("me", "")
