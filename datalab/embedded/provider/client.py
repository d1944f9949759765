"""The one client of the built-in provider: the portal itself."""

import secrets
from pathlib import Path

from django.conf import settings

from datalab.core.private_files import read_or_create


def client_secret() -> str:
    """Drawn per installation."""
    path = Path(settings.STATE_DIR) / "secrets" / "oidc-client-secret"
    return read_or_create(path, lambda: secrets.token_urlsafe(48).encode()).decode()
