"""Over real SMTP to a server on loopback."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from datalab.core.errors import InvalidInput, ProviderError, ProviderRefused, ProviderUnavailable
from datalab.core.secret import Hidden
from datalab.providers.mail.base import Mail, MailSender
from datalab.providers.mail.memory import MemoryMail
from datalab.providers.mail.smtp import Security, Server, SmtpMail
from tests.parts.smtp import PASSWORD, USER, MailServer, certificate, serving

FROM = "Datalab <datalab@example.org>"
LINK = "https://datalab.example/invitation/" + "x" * 43
MAIL = Mail(to="erin@acme.test", subject="Ünïcode für Erin", text=f"Hallo Erin, schön.\n\n{LINK}\n")
Serve = Callable[..., MailServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda **wanted: stack.enter_context(serving(MailServer(**wanted)))


def sender_to(server: MailServer, **wanted: Any) -> SmtpMail:
    limits = {name: wanted.pop(name) for name in ("timeout", "altogether") if name in wanted}
    security = wanted.pop("security", Security.NONE)
    told = Server(host="127.0.0.1", port=server.port, security=security, **wanted)
    return SmtpMail(server=told, sender=FROM, **limits)


@dataclass
class Post:
    """A sender, and a look at what has arrived: recipient, subject, text."""

    sender: MailSender
    arrived: Callable[[], list[tuple[str, str, str]]]


@pytest.fixture(params=["smtp", "memory"])
def post(request: pytest.FixtureRequest, serve: Serve) -> Post:
    if request.param == "memory":
        memory = MemoryMail()
        return Post(memory, lambda: [(one.to, one.subject, one.text) for one in memory.sent])
    server = serve()
    return Post(
        sender_to(server),
        lambda: [(one["To"], one["Subject"], one.get_content()) for one in server.mails],
    )


def test_what_is_sent_arrives_as_it_was(post: Post) -> None:
    post.sender.send(MAIL)
    post.sender.send(MAIL)
    assert post.arrived() == [(MAIL.to, MAIL.subject, MAIL.text)] * 2


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        pytest.param(MAIL.to, "Hello\r\nBcc: eve@evil.test", id="a header in the subject"),
        pytest.param(MAIL.to, "Hello\nBcc: eve@evil.test", id="with a bare line feed"),
        pytest.param(MAIL.to, "Hello\rBcc: eve@evil.test", id="with a bare return"),
        pytest.param(MAIL.to, "Hello\x85Bcc: eve@evil.test", id="with a next line"),
        pytest.param(MAIL.to, "Hello\u2028Bcc: eve@evil.test", id="with a line separator"),
        pytest.param("erin@acme.test\nBcc: eve@evil.test", "Hello", id="in the address"),
        pytest.param(MAIL.to, "Hello\x00", id="a zero"),
    ],
)
def test_nothing_smuggles_in_a_header(post: Post, to: str, subject: str) -> None:
    with pytest.raises(InvalidInput):
        post.sender.send(Mail(to=to, subject=subject, text="x"))
    assert post.arrived() == []


def test_a_text_is_no_command_and_no_header(serve: Serve) -> None:
    server = serve()
    text = "first\n.\nMAIL FROM:<eve@evil.test>\nBcc: eve@evil.test\n"
    sender_to(server).send(Mail(to=MAIL.to, subject="x", text=text))
    (got,) = server.mails
    assert got.get_content() == text
    assert server.recipients == ["<erin@acme.test>"]


def test_the_mail_says_that_a_machine_wrote_it_and_not_on_which(serve: Serve) -> None:
    server = serve()
    sender_to(server).send(MAIL)
    (got,) = server.mails
    assert got["From"] == FROM
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Message-ID"].endswith("@example.org>")
    assert got.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        pytest.param({"RCPT": "550 no such user"}, ProviderRefused, id="no such address"),
        pytest.param({"RCPT": "450 later"}, ProviderUnavailable, id="not now"),
        pytest.param({"MAIL": "553 not you"}, ProviderRefused, id="not this sender"),
        pytest.param({"END": f"554 bad link {LINK}"}, ProviderRefused, id="taken for spam"),
        pytest.param({"END": "451 later"}, ProviderUnavailable, id="an error of its own"),
        pytest.param({"EHLO": "421 busy", "HELO": "421 busy"}, ProviderUnavailable, id="busy"),
    ],
)
def test_what_the_server_does_not_take_was_not_sent(
    serve: Serve, answers: dict[str, str], kind: type[ProviderError]
) -> None:
    with pytest.raises(kind) as refused:
        sender_to(serve(answers=answers)).send(MAIL)
    shown = [refused.value.detail, str(refused.value.__cause__), *refused.value.__dict__.values()]
    assert LINK not in str(shown)
    assert refused.value.__suppress_context__


def test_a_bad_goodbye_does_not_undo_it(serve: Serve) -> None:
    server = serve(answers={"QUIT": "500 what"})
    sender_to(server).send(MAIL)
    assert len(server.mails) == 1


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(ProviderUnavailable):
        sender_to(MailServer(port=9)).send(MAIL)


def test_a_server_that_drips_is_not_waited_for(serve: Serve) -> None:
    began = time.monotonic()
    with pytest.raises(ProviderUnavailable, match="in time"):
        sender_to(serve(drips=True), altogether=0.3).send(MAIL)
    assert time.monotonic() - began < 3


def test_the_password_is_shown_to_a_server_that_is_known(serve: Serve, tmp_path: Path) -> None:
    context, ca_file = certificate(tmp_path)
    wanted = {"username": USER, "password": Hidden(PASSWORD)}
    for security, server in (
        (Security.TLS, serve(tls=context, starts_with_tls=True, wants_password=True)),
        (Security.STARTTLS, serve(tls=context, wants_password=True)),
    ):
        sender_to(server, security=security, ca_file=ca_file, **wanted).send(MAIL)
        assert len(server.mails) == 1
        with pytest.raises(ProviderRefused, match="certificate"):
            sender_to(server, security=security, **wanted).send(MAIL)


def test_a_wrong_password_and_a_server_without_tls_are_refused(serve: Serve) -> None:
    wrong = {"username": USER, "password": Hidden("wrong")}
    with pytest.raises(ProviderRefused, match="password"):
        sender_to(serve(wants_password=True), **wrong).send(MAIL)
    with pytest.raises(ProviderRefused, match="offer"):
        sender_to(serve(), security=Security.STARTTLS).send(MAIL)
