from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.launcher.models import Service

URL = "/api/v1/tenants/acme/services"
BOMB = "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n"
pytestmark = pytest.mark.usefixtures("acme")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param("x" * 10_000_000, "application/json", 413, id="ten megabytes"),
        pytest.param(BOMB, "application/yaml", 415, id="a YAML bomb"),
        pytest.param("{", "application/json", 400, id="broken JSON"),
        pytest.param("[]", "application/json", 400, id="a list"),
        pytest.param('{"chart": {"a": 1}}', "application/json", 400, id="an object for a text"),
        pytest.param('{"chart": "x\\u0000"}', "application/json", 400, id="a NUL"),
        pytest.param(
            '{"chart": "jupyter", "resources": []}', "application/json", 400, id="no sizes"
        ),
        pytest.param("[" * 100_000, "application/json", 400, id="nested without end"),
    ],
)
def test_what_is_no_launch_is_a_typed_refusal_and_nothing_is_written(
    client_of: Callable[[User], APIClient], bob: User, body: str, content_type: str, status: int
) -> None:
    answer = client_of(bob).post(URL, body, content_type=content_type)
    assert answer.status_code == status, answer.content[:300]
    assert answer.json()["code"]
    assert answer.json()["detail"]
    assert not Service.objects.exists()
