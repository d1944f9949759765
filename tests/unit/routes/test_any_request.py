"""Whatever is sent, by whoever: no 5xx, and no answer that the OpenAPI schema doesn't describe.

DATALAB_EXAMPLES=300 .venv/bin/pytest tests/unit/routes/test_any_request.py   asks for longer.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from datalab.accounts.reach import Verb
from tests.unit.routes.table import ROWS, SAMPLES
from tests.unit.routes.world import World, make_token, refill_outside

EXAMPLES = int(os.environ.get("DATALAB_EXAMPLES", "8"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CALLERS = {
    "anonymous": None,
    "viewer": "carol",
    "member": "bob",
    "tenant admin": "alice",
    "other tenant's admin": "mallory",
    "platform admin": "root",
    "a token that reads": "alice",
}
SCHEMA = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
SCHEMA.app = get_wsgi_application()


def _described(one: object) -> Any:
    assert isinstance(one, Ok), one  # an operation that the schema describes wrongly
    return one.ok()


OPERATIONS = {
    one.definition.raw["operationId"]: one for one in map(_described, SCHEMA.get_all_operations())
}


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """As Django's own test client: a request's end must not close the test's connection."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def tokens(world: World) -> Mapping[str, str]:
    """What each caller sends."""
    made = {}
    for who, name in CALLERS.items():
        if name is not None:
            verbs = (Verb.READ,) if who == "a token that reads" else tuple(Verb)
            made[who] = f"dl_of {who}"
            make_token(world.user(name), made[who], verbs=verbs)
    return made


def requests_of(name: str, world: World) -> st.SearchStrategy[Any]:
    """Half of the values in a path exist; bodies are as the schema says, as the table has, or not."""
    operation = OPERATIONS[name]
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    row = ROWS.get(name)
    body = row.body(world) if row and callable(row.body) else row and row.body

    @st.composite
    def asked(draw: st.DrawFn) -> Any:
        case = draw(st.one_of(modes))
        for parameter in case.path_parameters or {}:
            if draw(st.integers(0, 3)) and parameter in SAMPLES:
                case.path_parameters[parameter] = SAMPLES[parameter].own(world)
        if body is not None and draw(st.booleans()):
            case.body, case.media_type = body, "application/json"
        return case

    return asked()


@pytest.mark.parametrize("name", OPERATIONS)
def test_any_request_gets_an_answer_that_is_described(
    world: World, tokens: Mapping[str, str], name: str
) -> None:
    row = ROWS.get(name)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=requests_of(name, world), who=st.sampled_from(list(CALLERS)))
    def ask(case: Any, who: str) -> None:
        headers = {"Authorization": f"Bearer {tokens[who]}"} if who in tokens else {}
        with transaction.atomic():
            refill_outside(world)
            if row and row.given:
                row.given(world)
            case.call_and_validate(headers=headers, checks=CHECKS)
            transaction.set_rollback(True)

    ask()
