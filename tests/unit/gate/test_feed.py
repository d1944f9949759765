"""What happened is read on by its id, and nothing is left out."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from datalab.gate import feed
from datalab.gate.feed import happenings_after, newest
from datalab.launcher.models import Service, ServiceEvent

pytestmark = pytest.mark.django_db(transaction=True)


def happens(service: Service, phase: str) -> ServiceEvent:
    return ServiceEvent.objects.create(
        tenant_id=service.tenant_id, service_id=service.id, phase=phase
    )


def in_another_thread(do: Callable[[], object]) -> threading.Thread:
    def work() -> None:
        try:
            do()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_what_came_after_an_id_is_read_in_order(service: Service) -> None:
    before = newest()
    ids = [happens(service, phase).id for phase in ("starting", "running")]
    assert [one.id for one in happenings_after(before)] == ids
    assert newest() == ids[-1]


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has one writer at a time")
def test_what_is_committed_late_is_not_passed_over(service: Service) -> None:
    before = happens(service, "preparing").id
    written, may_commit = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            happens(service, "starting")
            written.set()
            may_commit.wait(10)

    slow = in_another_thread(slowly)
    assert written.wait(10)
    quick = happens(service, "running")
    assert happenings_after(before) == []
    may_commit.set()
    slow.join()
    assert [one.id for one in happenings_after(before)] == [quick.id - 1, quick.id]


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite leaves no gaps")
def test_a_transaction_that_was_rolled_back_holds_nobody_for_long(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = happens(service, "preparing").id
    with transaction.atomic():
        happens(service, "starting")
        transaction.set_rollback(True)
    event = happens(service, "running")
    assert happenings_after(before) == []
    later = now() + feed.SETTLES_WITHIN + timedelta(seconds=1)
    monkeypatch.setattr(feed, "now", lambda: later)
    assert [one.id for one in happenings_after(before)] == [event.id]
