"""Events stay as they were written, also for who speaks SQL."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now

from datalab.audit.append_only import guard
from datalab.audit.models import Event, EventType, RetentionPass
from datalab.audit.record import record
from datalab.audit.retention import forget_events

pytestmark = pytest.mark.django_db


def write(*, days_ago: float = 0) -> Event:
    """One of now, and one of then."""
    at = now() - timedelta(days=days_ago)
    Event.objects.create(type=EventType.SIGNED_IN.value, actor="alice", at=at)
    return record(EventType.SIGNED_IN, actor="alice")


def sql(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


FORBIDDEN = [
    pytest.param("UPDATE audit_event SET actor = 'mallory'", id="change all"),
    pytest.param("UPDATE audit_event SET at = at WHERE id = (SELECT max(id) FROM audit_event)",
                 id="write the same again"),
    pytest.param("DELETE FROM audit_event", id="delete all"),
    pytest.param("DELETE FROM audit_event WHERE actor = 'alice'", id="delete some"),
]  # fmt: skip
if connection.vendor == "sqlite":
    FORBIDDEN.append(
        pytest.param(
            "INSERT OR REPLACE INTO audit_event"
            " (id, at, type, actor, acting, target, request_id, address, data)"
            " SELECT id, at, type, 'mallory', '', '', '', '', '{}' FROM audit_event",
            id="replace",
        )
    )
else:
    FORBIDDEN.append(pytest.param("TRUNCATE audit_event", id="empty the table"))


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses(statement: str) -> None:
    write(days_ago=1)
    before = list(Event.objects.values())
    with pytest.raises(DatabaseError, match="never changed"):
        sql(statement)
    assert list(Event.objects.values()) == before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda event: event.delete(), id="delete"),
        pytest.param(lambda event: event.save(), id="save"),
        pytest.param(lambda _: Event.objects.update(actor="mallory"), id="update"),
    ],
)
def test_the_platforms_own_code_is_refused_alike(change: Callable[[Event], object]) -> None:
    event = write()
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        change(event)
    assert Event.objects.filter(actor="alice").count() == 2


def test_retention_takes_what_is_older_and_says_so() -> None:
    write(days_ago=100)
    write(days_ago=50)
    assert forget_events(keep=timedelta(days=60), now=now()) == 1
    told = Event.objects.get(type="audit.forgotten")
    assert (told.actor, told.data["count"]) == ("retention", 1)
    assert Event.objects.filter(type="account.signed_in").count() == 3
    assert not RetentionPass.objects.exists()


def test_nothing_to_forget_is_no_event() -> None:
    write(days_ago=1)
    assert forget_events(keep=timedelta(days=60), now=now()) == 0
    assert not Event.objects.filter(type="audit.forgotten").exists()


def test_no_retention_is_shorter_than_thirty_days_whatever_it_says() -> None:
    write(days_ago=29)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        forget_events(keep=timedelta(days=7), now=now())
    assert Event.objects.count() == 2


def test_after_retention_the_door_is_shut_again() -> None:
    write(days_ago=100)
    forget_events(keep=timedelta(days=60), now=now())
    write(days_ago=90)
    with pytest.raises(DatabaseError, match="never changed"):
        sql("DELETE FROM audit_event WHERE at < %s", now() - timedelta(days=60))


@pytest.mark.django_db(transaction=True)
def test_migrating_sets_the_triggers_again() -> None:
    """As after a migration that made a new table on SQLite."""
    call_command("flush", interactive=False, verbosity=0)
    write()
    with pytest.raises(DatabaseError, match="never changed"):
        sql("DELETE FROM audit_event")
    guard(connection)
