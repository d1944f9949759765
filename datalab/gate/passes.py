"""From the page's origin to a tool's: a code in a URL, changed once for a pass in a cookie."""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from datalab.accounts.models import User, digest_of
from datalab.gate.models import DoorCode, DoorPass
from datalab.launcher.models import Service

CODE_FOR = timedelta(seconds=30)
_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_LONGEST_PATH = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    secret: str
    """What the cookie holds. Kept nowhere else."""
    back: str


def safe_path(text: str) -> str:
    """A path on the same origin, with its query; `/` for anything that might lead elsewhere."""
    return text if len(text) <= _LONGEST_PATH and _PATH.fullmatch(text) else "/"


def issue_code(
    *, service: Service, user: User, state: str, back: str, session: str, at: datetime
) -> str:
    """`state` is the digest of what the browser keeps in a cookie of the tool's origin."""
    DoorCode.objects.filter(expires_at__lt=at).delete()
    code = secrets.token_urlsafe(32)
    DoorCode.objects.create(
        digest=digest_of(code),
        service=service,
        user=user,
        state=state,
        back=safe_path(back),
        session=session,
        expires_at=at + CODE_FOR,
    )
    return code


def redeem(*, code: str, state: str, label: str, at: datetime) -> Opened | None:
    """Change a code for a pass. None where it is used, old, of another tool or another browser.

    A browser that does not hold `state` leaves the code usable for the one that does.
    """
    found = DoorCode.objects.filter(
        digest=digest_of(code), service__host=label, expires_at__gt=at
    ).first()
    if found is None or not hmac.compare_digest(found.state, digest_of(state)):
        return None
    if DoorCode.objects.filter(pk=found.pk, used=False).update(used=True) != 1:
        return None
    DoorPass.objects.filter(expires_at__lt=at).delete()
    secret = secrets.token_urlsafe(32)
    DoorPass.objects.create(
        digest=digest_of(secret),
        service_id=found.service_id,
        user_id=found.user_id,
        session=found.session,
        expires_at=at + timedelta(seconds=settings.SESSION_COOKIE_AGE),
    )
    return Opened(secret=secret, back=found.back)


@receiver(user_logged_out)
def forget_passes(sender: object, request: HttpRequest | None, **_: object) -> None:
    """Signing out of the page closes every tool that this browser had opened."""
    session = getattr(request, "session", None)
    if session is not None and session.session_key:
        DoorPass.objects.filter(session=session.session_key).delete()
        DoorCode.objects.filter(session=session.session_key).delete()
