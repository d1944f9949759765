"""What becomes of what nobody raised on purpose."""

from collections.abc import Callable

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.core.http import error_response


def test_a_database_that_does_not_answer_asks_to_try_again_and_names_no_cause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    cause = OperationalError("canceling statement due to statement timeout on db-7")
    answer = error_response(cause, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == (503, "database_busy")
    assert "db-7" not in str(answer.data)
    assert "database_failed" in caplog.text


def test_an_unknown_parameter_does_not_make_an_address_vanish(
    client_of: Callable[[User], APIClient], alice: User
) -> None:
    assert client_of(alice).get("/api/v1/me?format=YÖ").status_code == 200
