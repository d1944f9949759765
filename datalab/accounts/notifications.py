"""What the platform has to say to a person, kept until they have read it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.timezone import now

if TYPE_CHECKING:
    from datalab.accounts.models import User

LONGEST_TEXT = 500


class NotificationQuerySet(models.QuerySet["Notification"]):
    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at=None)

    def mark_read(self) -> int:
        return self.unread().update(read_at=now())


class Notification(models.Model):
    """`link` is an address inside the page; empty where there is nothing to look at."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    created_at = models.DateTimeField(auto_now_add=True)
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=LONGEST_TEXT, blank=True)
    link = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        app_label = "accounts"
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notifications_of_user"),
        ]


def notify(people: "Iterable[User]", *, title: str, text: str = "", link: str = "") -> None:
    """With the change that it tells of, in its transaction. Nothing here ever holds a secret."""
    Notification.objects.bulk_create(
        Notification(user=one, title=title[:200], text=text[:LONGEST_TEXT], link=link)
        for one in people
    )
