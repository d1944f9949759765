"""What follows a commit: it happens once it is committed, and its failure undoes nothing."""

from functools import partial

import pytest
from django.db import transaction

from datalab.core.later import after_commit


def _no_queue() -> None:
    raise ConnectionError("no broker")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "call",
    [
        pytest.param(_no_queue, id="a function"),
        pytest.param(partial(_no_queue), id="without a name"),
    ],
)
def test_a_queue_that_is_down_undoes_nothing(
    call: partial[None], caplog: pytest.LogCaptureFixture
) -> None:
    with transaction.atomic():
        after_commit(call)
    assert "no broker" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_told() -> None:
    told: list[str] = []
    with transaction.atomic():
        after_commit(told.append, "kept")
    with transaction.atomic():
        after_commit(told.append, "lost")
        transaction.set_rollback(True)
    assert told == ["kept"]
