"""Waking a worker for what a transaction has written."""

from typing import Any

from django.db import transaction


def after_commit(task: Any, *ids: str) -> None:
    """Once it is committed. Where the queue is down it only waits: the sweep finds the row.

    A named function, because Django names what has failed, and a `partial` has no name.
    """

    def send() -> None:
        task.delay(*ids)

    transaction.on_commit(send, robust=True)
