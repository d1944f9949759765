"""What serves new connections after the files were replaced, or half replaced."""

import os
import ssl
from pathlib import Path

import pytest

from datalab.gate.certificate import Certificate
from tests.parts.certificates import Authority

AUTHORITY = Authority()


def place(folder: Path, pair: tuple[str, str], *, at: int) -> None:
    for name, text in zip(("tls.crt", "tls.key"), pair, strict=True):
        (folder / name).write_text(text)
        os.utime(folder / name, (at, at))


def served(certificate: Certificate) -> bytes | None:
    """What a client is shown, without a network between."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cadata=AUTHORITY.certificate)
    client = trusting.wrap_bio(to_client, to_server, server_hostname="gate.datalab.svc")
    server = certificate.context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.getpeercert(binary_form=True)


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    place(tmp_path, AUTHORITY.issue("gate.datalab.svc"), at=1)
    return Certificate(tmp_path / "tls.crt", tmp_path / "tls.key")


def test_a_replaced_pair_serves_at_once(certificate: Certificate, tmp_path: Path) -> None:
    before = served(certificate)
    certificate.renew()
    assert served(certificate) == before
    place(tmp_path, AUTHORITY.issue("gate.datalab.svc"), at=2)
    certificate.renew()
    assert served(certificate) not in {before, None}


def test_a_pair_that_does_not_match_leaves_the_former_one(
    certificate: Certificate, tmp_path: Path
) -> None:
    before = served(certificate)
    one, other = AUTHORITY.issue("gate.datalab.svc"), AUTHORITY.issue("gate.datalab.svc")
    place(tmp_path, (one[0], other[1]), at=2)
    certificate.renew()
    assert served(certificate) == before
    place(tmp_path, one, at=3)
    certificate.renew()
    assert served(certificate) not in {before, None}


def test_a_file_that_is_away_for_a_moment_leaves_the_former_one(
    certificate: Certificate, tmp_path: Path
) -> None:
    (tmp_path / "tls.key").unlink()
    certificate.renew()
    assert served(certificate) is not None


def test_without_a_certificate_the_gate_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Certificate(tmp_path / "none.crt", tmp_path / "none.key")
