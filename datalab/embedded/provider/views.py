"""The provider's own sign-in form."""

import hashlib
from datetime import timedelta
from typing import Any

import structlog
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.utils.timezone import now

from datalab.embedded.provider.models import Guesses

log = structlog.get_logger(__name__)

MOST_GUESSES = 10
WINDOW = timedelta(minutes=5)


class PasswordBackend(ModelBackend):
    """Passwords are for the provider's form alone; the portal's sessions come from tokens."""


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "That user name and password do not match.",
        "inactive": "That user name and password do not match.",
        "throttled": "Too many attempts for this user name. Wait five minutes, then try again.",
    }

    def clean(self) -> dict[str, Any]:
        """Counts before it checks, so that many guesses at once count, too."""
        name = _digest(self.cleaned_data.get("username", ""))
        at = now()
        Guesses.objects.forget_old(before=at - WINDOW)
        if not Guesses.objects.take(name, now=at, most=MOST_GUESSES, window=WINDOW):
            log.warning("password_guesses_stopped")
            raise ValidationError(self.error_messages["throttled"], code="throttled")
        cleaned = super().clean()
        Guesses.objects.forget(name)
        return cleaned


class SignInFormView(LoginView):
    form_class = SignInForm
    template_name = "provider/sign_in.html"
    # Somewhere to go for who opens the form directly.
    next_page = "/"


def _digest(username: str) -> str:
    return hashlib.sha256(username.strip().lower().encode()).hexdigest()
