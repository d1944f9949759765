"""Sending a mail to one person. ProviderUnavailable and ProviderRefused say why not."""

from dataclasses import dataclass
from typing import Protocol

from datalab.core.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Plain text. What would begin another header is no mail: InvalidInput."""

    to: str
    subject: str
    text: str

    def __post_init__(self) -> None:
        if not (self.to + self.subject).isprintable():
            raise InvalidInput("A mail's address and subject are one line each.")


class MailSender(Protocol):
    """Hands over once and waits seconds. Not safe to repeat: the same may arrive twice."""

    def send(self, mail: Mail) -> None:
        """Returns when the mail server has taken it; that is no proof that it arrives."""
