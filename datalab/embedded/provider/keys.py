"""The provider's signing keys: files that only the platform reads, made at the first start."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from datalab.core.private_files import read_or_create, write_new

CURRENT = "oidc-signing-key.pem"
KEPT = 3
"""How many former keys stay published: what they signed lives for minutes."""


def current_pem() -> str:
    return read_or_create(_folder() / CURRENT, _new_pem).decode()


def former_pems() -> list[str]:
    """The newest first."""
    return [path.read_text() for path in _former()]


def rotate() -> Path:
    """Put a new key in the current one's place and keep that as a former one. Where it went."""
    current = _folder() / CURRENT
    read_or_create(current, _new_pem)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    former = current.with_name(f"oidc-signing-key-until-{stamp}.pem")
    former.hardlink_to(current)
    draft = current.with_name(f".{CURRENT}.{stamp}")
    write_new(draft, _new_pem())
    draft.replace(current)
    for old in _former()[KEPT:]:
        old.unlink()
    return former


def _folder() -> Path:
    return Path(settings.STATE_DIR) / "secrets"


def _former() -> list[Path]:
    return sorted(_folder().glob("oidc-signing-key-until-*.pem"), reverse=True)


def _new_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
