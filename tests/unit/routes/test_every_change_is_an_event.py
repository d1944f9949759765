"""Whatever changes something writes an event: each unsafe route, from the OpenAPI schema."""

from collections.abc import Iterator

import pytest
from django.db.models.signals import post_save

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.tenants.models import Tenant
from tests.unit.routes.asking import Asking
from tests.unit.routes.rows import Least, Who
from tests.unit.routes.schema import operations
from tests.unit.routes.table import ROWS

CHANGES_NOTHING = {"charts_preview", "acting_stop", "group_rules_preview", "notifications_read"}
"""Unsafe only because they take a body. A route belongs here if it changes nothing.

To stop acting changes something only for who acts: see accounts/test_acting.py.
"""
SAFE = {"get", "head", "options"}
UNSAFE = sorted(
    name
    for name, one in operations().items()
    if one.method not in SAFE and name not in CHANGES_NOTHING and name in ROWS
)
ASKS = {
    Least.ANYBODY: Who.MEMBER,
    Least.VIEWER: Who.VIEWER,
    Least.MEMBER: Who.MEMBER,
    Least.ADMIN: Who.ADMIN,
    Least.PLATFORM_ADMIN: Who.PLATFORM_ADMIN,
}


@pytest.fixture
def written(db: None) -> Iterator[list[Event]]:
    """The events that are stored, also those that are rolled back later."""
    events: list[Event] = []

    def note(instance: Event, **_: object) -> None:
        events.append(instance)

    post_save.connect(note, sender=Event)
    yield events
    post_save.disconnect(note, sender=Event)


@pytest.mark.parametrize("name", UNSAFE)
def test_a_route_that_changes_something_writes_who_did_it_and_from_where(
    name: str, request: pytest.FixtureRequest, written: list[Event], acme: Tenant
) -> None:
    there = request.getfixturevalue("world")
    who = ASKS[ROWS[name].least]
    written.clear()
    said = Asking(there, operations()[name], ROWS[name]).as_(who)
    assert 200 <= said.status < 300, (who, said)
    assert written, (
        f"{name} answers {said.status} and no event says so: call record() in its action."
    )
    event = written[-1]
    assert User.objects.filter(username=event.actor).exists()
    assert event.address == "127.0.0.1"
    assert event.request_id
    assert event.target, "It doesn't say what it happened to: see TARGETS in audit/record.py."
