"""What the gate tells the relay about a request it let in: signed, and good for seconds. Pure.

The relay believes nobody else, so a neighbour who finds its port gets nowhere.
"""

import hashlib
import hmac
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from datalab.providers.cluster.base import ReleaseRef

HEADER = "X-Datalab-Door"
VALID_FOR = 20.0
"""Seconds between the gate's answer and the relay's reading; on one machine it takes 2 ms."""


class RightKind(StrEnum):
    """What somebody showed at the door."""

    PASS = "pass"  # noqa: S105 - a kind of thing
    TOKEN = "token"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Why a connection may exist. Asked about again as long as it does."""

    kind: RightKind
    id: str
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    right: Right
    ref: ReleaseRef
    username: str


class BadTicket(Exception):
    """Forged, damaged or too old."""


class TicketOffice:
    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"datalab gate ticket\0" + key).digest()

    def issue(self, ticket: Ticket, *, at: float) -> str:
        """`at` is in seconds since the epoch."""
        fields = [
            ticket.right.kind.value,
            ticket.right.id,
            ticket.right.service,
            ticket.ref.namespace,
            ticket.ref.name,
            ticket.username,
            at + VALID_FOR,
        ]
        payload = urlsafe_b64encode(json.dumps(fields).encode())
        return f"{payload.decode()}.{self._seal(payload)}"

    def read(self, text: str, *, at: float) -> Ticket:
        """Raises BadTicket."""
        payload, _, seal = text.partition(".")
        if not hmac.compare_digest(self._seal(payload.encode()).encode(), seal.encode()):
            raise BadTicket("forged")
        try:
            fields = json.loads(urlsafe_b64decode(payload))
            kind, held, service, namespace, name, username, until = fields
            right = Right(kind=RightKind(kind), id=held, service=service)
        except (ValueError, NotBase64):  # sealed by another version of this code
            raise BadTicket("damaged") from None
        if not at < until <= at + 2 * VALID_FOR:
            raise BadTicket("too old")
        return Ticket(
            right=right, ref=ReleaseRef(namespace=namespace, name=name), username=username
        )

    def _seal(self, payload: bytes) -> str:
        return hmac.new(self._key, payload, hashlib.sha256).hexdigest()


def key_from(secret: str, file: Path) -> bytes:
    """The configured secret, else the one in `file`, which is made at the first start."""
    if secret:
        return secret.encode()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(handle, "wb") as made:
        key = os.urandom(32)
        made.write(key)
    return key
