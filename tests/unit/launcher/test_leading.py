from datetime import UTC, datetime, timedelta

import pytest

from datalab.launcher.leading import LOOKS_EVERY, NAME, Leadership, somebody_watches
from datalab.launcher.models import HELD_FOR, Lease

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_one_of_two_leads() -> None:
    assert Lease.objects.take(NAME, "first", NOW)
    assert not Lease.objects.take(NAME, "second", NOW)


def test_who_leads_keeps_it_as_long_as_they_say_so() -> None:
    for seconds in range(0, 60, 5):
        assert Lease.objects.take(NAME, "first", NOW + timedelta(seconds=seconds))
        assert not Lease.objects.take(NAME, "second", NOW + timedelta(seconds=seconds))


def test_a_dead_leader_is_followed_within_fifteen_seconds() -> None:
    Lease.objects.take(NAME, "first", NOW)
    late = HELD_FOR + timedelta(seconds=LOOKS_EVERY)
    assert late < timedelta(seconds=15)
    assert Lease.objects.take(NAME, "second", NOW + late)
    assert not Lease.objects.take(NAME, "first", NOW + late)


def test_who_ends_in_order_is_followed_at_once() -> None:
    Lease.objects.take(NAME, "first", NOW)
    Lease.objects.give_back(NAME, "first", NOW)
    assert Lease.objects.take(NAME, "second", NOW + timedelta(milliseconds=1))


def test_who_has_lost_it_cannot_give_it_away() -> None:
    Lease.objects.take(NAME, "second", NOW)
    Lease.objects.give_back(NAME, "first", NOW)
    assert Lease.objects.is_held(NAME, NOW + timedelta(seconds=1))


def test_nobody_watches_before_somebody_does() -> None:
    assert not somebody_watches(datetime.now(UTC))
    assert Leadership().take()
    assert somebody_watches(datetime.now(UTC))
