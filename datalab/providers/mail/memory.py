"""Mail for tests: keeps what was sent, and refuses on demand."""

from dataclasses import dataclass, field

from datalab.core.errors import ProviderError
from datalab.providers.mail.base import Mail


@dataclass(slots=True)
class MemoryMail:
    sent: list[Mail] = field(default_factory=list)
    failing: ProviderError | None = None

    def send(self, mail: Mail) -> None:
        if self.failing is not None:
            raise self.failing
        self.sent.append(mail)
