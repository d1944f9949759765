import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest

from datalab.gate.tickets import (
    VALID_FOR,
    BadTicket,
    Right,
    RightKind,
    Ticket,
    TicketOffice,
    key_from,
)
from datalab.providers.cluster.base import ReleaseRef

TICKET = Ticket(
    right=Right(kind=RightKind.PASS, id="p-1", service="s-1"),
    ref=ReleaseRef(namespace="dl-acme", name="nb"),
    username="zoë",
)
OFFICE = TicketOffice(b"key")
ISSUED = OFFICE.issue(TICKET, at=1000.0)


def test_a_ticket_says_what_was_written_on_it() -> None:
    assert OFFICE.read(ISSUED, at=1001.0) == TICKET


def test_another_service_cannot_be_written_on_it() -> None:
    payload, _, seal = ISSUED.partition(".")
    changed = urlsafe_b64encode(urlsafe_b64decode(payload).replace(b"dl-acme", b"dl-evil"))
    with pytest.raises(BadTicket):
        OFFICE.read(f"{changed.decode()}.{seal}", at=1001.0)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        pytest.param(ISSUED, 1000.0 + VALID_FOR, id="too old"),
        pytest.param(ISSUED, 900.0, id="from the future"),
        pytest.param(TicketOffice(b"other").issue(TICKET, at=1000.0), 1001.0, id="another key"),
        pytest.param(ISSUED.partition(".")[0], 1001.0, id="without its seal"),
        pytest.param(ISSUED + "0", 1001.0, id="with more behind it"),
        pytest.param("é.é", 1001.0, id="not even ASCII"),
        pytest.param("", 1001.0, id="empty"),
    ],
)
def test_what_the_gate_did_not_just_write_is_refused(text: str, at: float) -> None:
    with pytest.raises(BadTicket):
        OFFICE.read(text, at=at)


def test_the_key_is_drawn_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "gate.key"
    key = key_from("", file)
    assert len(key) == 32
    assert key_from("", file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_configured_secret_goes_before_the_file(tmp_path: Path) -> None:
    assert key_from("configured", tmp_path / "gate.key") == b"configured"
    assert not (tmp_path / "gate.key").exists()
