"""What is over is forgotten, and nothing else."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils.timezone import now

from datalab.accounts.tasks import forget_expired_sessions
from datalab.embedded.provider.models import ProviderSession
from datalab.embedded.provider.tasks import forget_expired

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("table", "forget"),
    [
        pytest.param(Session, forget_expired_sessions, id="the page's"),
        pytest.param(ProviderSession, forget_expired, id="the provider's"),
    ],
)
def test_sessions_that_ended_are_forgotten(
    table: type[Session] | type[ProviderSession], forget: object
) -> None:
    for key, hours in (("ended", -1), ("lives", 1)):
        expires = now() + timedelta(hours=hours)
        table.objects.create(session_key=key, session_data="", expire_date=expires)
    assert callable(forget)
    forget()
    assert list(table.objects.values_list("session_key", flat=True)) == ["lives"]
