"""Mail by the operator's own mail server.

https://docs.djangoproject.com/en/5.2/topics/email/
"""

import contextlib
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import make_msgid, parseaddr
from enum import StrEnum

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from datalab.core.errors import ProviderError, ProviderRefused, ProviderUnavailable
from datalab.core.secret import Hidden
from datalab.providers.mail.base import Mail

PROVIDER = "mail"
TIMEOUT = 5.0
ALTOGETHER = 10.0
"""Seconds for one mail, however slowly the server drips: somebody waits for the answer."""
AT_ONCE = 4


class Security(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An empty `username`: it wants no sign-in. An empty `ca_file`: the machine's authorities."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: Hidden = field(default_factory=lambda: Hidden(""))
    ca_file: str = ""


class SmtpMail:
    def __init__(
        self,
        *,
        server: Server,
        sender: str,
        timeout: float = TIMEOUT,
        altogether: float = ALTOGETHER,
    ) -> None:
        """`timeout` is for each step of the conversation, `altogether` for all of it."""
        self._server = server
        self._sender = sender
        self._timeout = timeout
        self._altogether = altogether
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mail")

    def send(self, mail: Mail) -> None:
        sending = self._threads.submit(self._send, mail)
        try:
            sending.result(timeout=self._altogether)
        except TimeoutError:
            sending.cancel()
            raise _unavailable("The mail server did not answer in time.") from None

    def _send(self, mail: Mail) -> None:
        """What the server says is not passed on: some repeat the mail, with its link, in it."""
        backend = self._backend()
        try:
            backend.open()
            backend.send_messages([self._message(mail)])
        except (smtplib.SMTPException, OSError) as error:
            raise _translated(error) from None
        finally:
            # Once it has the mail, it does not matter how it says goodbye.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                backend.close()

    def _backend(self) -> EmailBackend:
        server = self._server
        backend = EmailBackend(
            host=server.host,
            port=server.port,
            username=server.username,
            password=server.password.reveal(),
            use_tls=server.security is Security.STARTTLS,
            use_ssl=server.security is Security.TLS,
            timeout=self._timeout,
        )
        backend.ssl_context = ssl.create_default_context(cafile=server.ca_file or None)
        return backend

    def _message(self, mail: Mail) -> EmailMessage:
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        headers = {
            "Message-ID": make_msgid(domain=domain),
            # https://www.rfc-editor.org/rfc/rfc3834: nobody is out of office for a machine.
            "Auto-Submitted": "auto-generated",
        }
        return EmailMessage(mail.subject, mail.text, self._sender, [mail.to], headers=headers)


def _translated(error: smtplib.SMTPException | OSError) -> ProviderError:
    """By the reply's first digit: https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1"""
    match error:
        case smtplib.SMTPAuthenticationError():
            return _refused("The mail server does not accept the platform's password.")
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _ in error.recipients.values()]
            if codes and all(code >= 500 for code in codes):
                return _refused("The mail server refuses this address.")
        case smtplib.SMTPResponseException(smtp_code=code) if code >= 500:
            return _refused(f"The mail server refused the mail ({code}).")
        case smtplib.SMTPNotSupportedError():
            return _refused("The mail server does not offer what is set for it.")
        case ssl.SSLCertVerificationError():
            return _refused("The mail server's certificate is not good.")
        case _:
            pass
    return _unavailable("The mail server did not answer.")


def _refused(detail: str) -> ProviderRefused:
    return ProviderRefused(detail, provider=PROVIDER)


def _unavailable(detail: str) -> ProviderUnavailable:
    return ProviderUnavailable(detail, provider=PROVIDER)
