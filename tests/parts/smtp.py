"""A mail server on loopback that keeps what it gets, and refuses where a test wants it to."""

import base64
import datetime as dt
import email
import email.policy
import ipaddress
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "datalab", "pass/word@"


@dataclass
class MailServer:
    """`answers` replaces the answer to a command; `drips` sends each byte of answers slowly."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    drips: bool = False
    tls: ssl.SSLContext | None = None
    starts_with_tls: bool = False
    wants_password: bool = False
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def mails(self) -> list[EmailMessage]:
        return [_parsed(one) for one in self.raw]


def _parsed(raw: bytes) -> EmailMessage:
    plain = raw.replace(b"\r\n", b"\n")
    return email.message_from_bytes(plain, policy=email.policy.default)


class _Conversation(socketserver.StreamRequestHandler):
    timeout = 10

    def handle(self) -> None:
        self.mail_server: MailServer = self.server.mail_server  # type: ignore[attr-defined]
        self.encrypted = self.mail_server.starts_with_tls
        self.signed_in = not self.mail_server.wants_password
        try:
            self._say("220 here")
            while line := self.rfile.readline():
                if not self._answered(line.decode().strip()):
                    return
        except OSError:
            return  # they have gone

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # with TLS another than the one that the server closes

    def _answered(self, line: str) -> bool:
        verb = line.partition(" ")[0].upper()
        said = self.mail_server.answers.get(verb)
        if said is not None:
            self._say(said)
        elif verb == "EHLO":
            self._greet()
        elif verb == "STARTTLS":
            self._say("220 go on")
            self._encrypt()
        elif verb == "AUTH":
            self._authenticate(line)
        elif verb == "DATA":
            self._take()
        elif verb == "QUIT":
            self._say("221 bye")
            return False
        else:
            if verb == "RCPT":
                self.mail_server.recipients.append(line.partition(":")[2])
            self._say("250 fine" if self.signed_in else "530 sign in first")
        return True

    def _greet(self) -> None:
        can = ["8BITMIME"]
        if self.mail_server.tls and not self.encrypted:
            can.append("STARTTLS")
        if self.mail_server.wants_password:
            can.append("AUTH PLAIN")
        lines = ["here", *can]
        for number, one in enumerate(lines, start=1):
            self._say(f"250{' ' if number == len(lines) else '-'}{one}")

    def _authenticate(self, line: str) -> None:
        shown = base64.b64decode(line.split()[2]).decode().split("\0")
        self.signed_in = shown[1:] == [USER, PASSWORD]
        self._say("235 welcome" if self.signed_in else "535 5.7.8 no")

    def _encrypt(self) -> None:
        assert self.mail_server.tls is not None
        self.connection = self.mail_server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.encrypted = True

    def _take(self) -> None:
        self._say("354 send it")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b".") else line)
        self.mail_server.raw.append(b"".join(lines))
        self._say(self.mail_server.answers.get("END", "250 taken"))

    def _say(self, line: str) -> None:
        raw = f"{line}\r\n".encode()
        if not self.mail_server.drips:
            self.connection.sendall(raw)
            return
        for byte in raw:
            if self.mail_server.ended.wait(0.05):
                return
            self.connection.sendall(bytes([byte]))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, mail_server: MailServer) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mail_server = mail_server

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.mail_server.starts_with_tls:
            assert self.mail_server.tls is not None
            try:
                request = self.mail_server.tls.wrap_socket(request, server_side=True)
            except OSError:
                return  # they do not believe us
        super().finish_request(request, client_address)


@contextmanager
def serving(mail_server: MailServer) -> Iterator[MailServer]:
    with _Server(mail_server) as server:
        mail_server.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield mail_server
        finally:
            mail_server.ended.set()
            server.shutdown()
            thread.join()


@cache
def _certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    at = dt.datetime.fromtimestamp(time.time(), dt.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - dt.timedelta(days=1))
        .not_valid_after(at + dt.timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    return made.public_bytes(pem), private


def certificate(folder: Path) -> tuple[ssl.SSLContext, str]:
    """For the server, and the file that a client has to believe."""
    public, private = _certificate()
    (folder / "ca.pem").write_bytes(public)
    (folder / "both.pem").write_bytes(public + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context, str(folder / "ca.pem")
