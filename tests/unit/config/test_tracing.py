"""One id from the browser's request to the worker's log line."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from rest_framework.test import APIClient
from structlog.contextvars import get_contextvars

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.config import tracing
from datalab.config.celery import app
from datalab.monitoring.models import Heartbeat
from datalab.monitoring.tasks import pulse
from tests.parts.ports import wait_until

REQUEST_ID = "trace-me-from-end-to-end"


class Task:
    """As much of a task as the signals look at."""

    name = "datalab.launcher.tasks.reconcile_service"

    class request:  # noqa: N801 - Celery's name
        is_eager = False
        headers: dict[str, Any] = {}

        @classmethod
        def get(cls, key: str) -> Any:
            return cls.headers.get(key)


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


def test_a_task_is_sent_with_the_id_of_the_request_that_caused_it() -> None:
    structlog.contextvars.bind_contextvars(request_id=REQUEST_ID)
    headers: dict[str, Any] = {}
    tracing.send_id(headers=headers)
    assert headers["request_id"] == REQUEST_ID


def test_a_task_of_the_clock_gets_an_id_of_its_own() -> None:
    headers: dict[str, Any] = {}
    tracing.send_id(headers=headers)
    assert "request_id" not in headers
    tracing.bind_id(task_id="7", task=Task())
    assert len(str(get_contextvars()["request_id"])) == 32


def test_what_a_task_bound_is_gone_when_it_ends() -> None:
    Task.request.headers = {"request_id": REQUEST_ID}
    tracing.bind_id(task_id="7", task=Task())
    assert get_contextvars() == {"request_id": REQUEST_ID, "task": Task.name, "task_id": "7"}
    tracing.clear_id(task=Task(), state="SUCCESS")
    assert get_contextvars() == {}


@contextmanager
def real_queue() -> Iterator[None]:
    """The embedded platform's own broker, and a worker in a thread of its own."""
    (Path(settings.STATE_DIR) / "queue").mkdir(exist_ok=True)
    app.conf.task_always_eager = False
    try:
        with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20):
            yield
    finally:
        app.conf.task_always_eager = True


class Kept(logging.Handler):
    """The log's events, of every thread. Celery puts handlers of its own in the place of pytest's."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, dict):
            self.events.append(dict(record.msg))

    def of(self, request_id: str) -> dict[str, dict[str, Any]]:
        found = [one for one in list(self.events) if one.get("request_id") == request_id]
        return {one["event"]: one for one in found}


@contextmanager
def kept_log() -> Iterator[Kept]:
    kept, ours = Kept(), logging.getLogger("datalab")
    ours.addHandler(kept)
    yield kept
    ours.removeHandler(kept)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("acme")
def test_one_id_is_in_the_portals_log_the_audit_and_the_workers_log(
    client_of: Callable[[User], APIClient], bob: User
) -> None:
    with real_queue(), kept_log() as log:
        answer = client_of(bob).post(
            "/api/v1/tenants/acme/services",
            {"chart": "jupyter", "name": "notebook"},
            format="json",
            headers={"X-Request-ID": REQUEST_ID},
        )
        assert (answer.status_code, answer["X-Request-ID"]) == (202, REQUEST_ID)
        wait_until(lambda: "task_done" in log.of(REQUEST_ID))
    assert Event.objects.get(type="service.launched").request_id == REQUEST_ID
    by_event = log.of(REQUEST_ID)
    assert "task" not in by_event["request_answered"]
    assert by_event["service_reconciled"]["task"] == Task.name
    assert by_event["service_reconciled"]["action"] == "apply"


@pytest.mark.django_db(transaction=True)
def test_a_pulse_through_the_queue_says_how_long_it_took() -> None:
    with real_queue():
        pulse.delay()
        wait_until(Heartbeat.objects.filter(part="queue").exists)
    assert 0 < Heartbeat.objects.get().lag < 30
