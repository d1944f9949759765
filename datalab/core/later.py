"""What is done once a transaction is committed, such as waking a worker for what it has written."""

from collections.abc import Callable

from django.db import transaction


def after_commit(call: Callable[..., object], *arguments: object) -> None:
    """`call(*arguments)`, where it is committed. Its failure is logged and undoes nothing.

    Where the queue is down, a row waits for the sweep. A named function, because Django names what
    has failed, and neither a `partial` nor a task has a name to give.
    """

    def send() -> None:
        call(*arguments)

    transaction.on_commit(send, robust=True)
