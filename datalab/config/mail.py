"""From `DATALAB_EMAIL_URL` to the mail server's settings."""

from email.utils import parseaddr
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from datalab.config.env import WrongSetting
from datalab.core.secret import Hidden
from datalab.providers.mail.smtp import Security, Server

NAME = "DATALAB_EMAIL_URL"
FROM = "DATALAB_EMAIL_FROM"
_SCHEMES = {
    "smtps": (Security.TLS, 465),
    "smtp+starttls": (Security.STARTTLS, 587),
    "smtp": (Security.NONE, 25),
}
_HERE = {"localhost", "127.0.0.1", "::1"}


def mail(url: str, *, password: str, sender: str, ca_file: str) -> dict[str, Any]:
    """What `PROVIDERS` says of mail: nothing where no server is set.

    A user without a password is no mistake here: parts that send no mail are not told it.
    """
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise WrongSetting(NAME, "is not smtps://, smtp+starttls:// or smtp:// with a host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise WrongSetting(NAME, "has more than user, password, host and port")
    options = {
        "server": _server(parts, password or unquote(parts.password or ""), ca_file),
        "sender": _checked(sender),
    }
    return {"mail": {"class": "datalab.providers.mail.smtp.SmtpMail", "options": options}}


def _server(parts: SplitResult, password: str, ca_file: str) -> Server:
    security, port = _SCHEMES[parts.scheme]
    username, host = unquote(parts.username or ""), parts.hostname or ""
    if password and not username:
        raise WrongSetting(NAME, "has a password and no user")
    if password and security is Security.NONE and host not in _HERE:
        raise WrongSetting(NAME, "would send the password in the clear: smtps or smtp+starttls")
    try:
        port = parts.port or port
    except ValueError:
        raise WrongSetting(NAME, "has no good port") from None
    return Server(
        host=host,
        port=port,
        security=security,
        username=username,
        password=Hidden(password),
        ca_file=ca_file,
    )


def _checked(sender: str) -> str:
    try:
        validate_email(parseaddr(sender)[1] if sender.isprintable() else "")
    except ValidationError:
        raise WrongSetting(FROM, "is no address such as 'Datalab <datalab@example.org>'") from None
    return sender
