"""What the provider keeps to itself, apart from the portal."""

from datetime import datetime, timedelta

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q


class ProviderSession(AbstractBaseSession):
    """A session at the provider, in a table of its own: it can never pass for one of the portal."""

    @classmethod
    def get_session_store_class(cls) -> type:
        from datalab.embedded.provider.sessions import SessionStore  # noqa: PLC0415 - a cycle

        return SessionStore


class GuessesQuerySet(models.QuerySet["Guesses"]):
    def take(self, name: str, *, now: datetime, most: int, window: timedelta) -> bool:
        """Count one attempt for this name; False where the window's attempts are used up."""
        self.get_or_create(name=name, defaults={"began_at": now})
        self.filter(name=name, began_at__lt=now - window).update(attempts=0, began_at=now)
        left = Q(attempts__lt=most)
        return self.filter(left, name=name).update(attempts=F("attempts") + 1) == 1

    def forget(self, name: str) -> None:
        self.filter(name=name).delete()

    def forget_old(self, *, before: datetime) -> None:
        self.filter(began_at__lt=before).delete()


class Guesses(models.Model):
    """How often a password was tried for a name. Under a hash: people type passwords as names."""

    name = models.CharField(max_length=64, primary_key=True)
    attempts = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()

    objects = GuessesQuerySet.as_manager()
