"""One request's id goes on with the tasks that it caused, into their log lines and audit events."""

import time
import uuid
from typing import Any

import structlog
from celery import signals
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from datalab.core.metrics import TASKS

log = structlog.get_logger(__name__)

_BEGAN = "datalab_began"


@signals.before_task_publish.connect(dispatch_uid="tracing.send")
def send_id(headers: dict[str, Any], **_: Any) -> None:
    """A task of the clock has no request: it gets an id of its own when it begins."""
    bound = get_contextvars()
    if "request_id" in bound:
        headers["request_id"] = str(bound["request_id"])
    headers["sent_at"] = time.time()


@signals.task_prerun.connect(dispatch_uid="tracing.bind")
def bind_id(task_id: str, task: Any, **_: Any) -> None:
    if task.request.is_eager:
        return  # it is part of the request that called it
    clear_contextvars()
    request_id = task.request.get("request_id") or uuid.uuid4().hex
    bind_contextvars(request_id=request_id, task=task.name, task_id=task_id)
    setattr(task.request, _BEGAN, time.perf_counter())


@signals.task_postrun.connect(dispatch_uid="tracing.clear")
def clear_id(task: Any, state: str | None = None, **_: Any) -> None:
    if task.request.is_eager:
        return
    TASKS.labels(task=task.name, outcome=(state or "unknown").lower()).inc()
    if task.request.get("request_id"):
        took = time.perf_counter() - getattr(task.request, _BEGAN, time.perf_counter())
        log.info("task_done", state=state, ms=round(took * 1000, 1))
    clear_contextvars()
