"""Every list of the OpenAPI schema asks the database as often for thirty rows as for one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.unit.routes.asking import Asking
from tests.unit.routes.many import OF_THE_INSTALLATION, add_many
from tests.unit.routes.rows import Who
from tests.unit.routes.schema import operations
from tests.unit.routes.table import ROWS
from tests.unit.routes.world import World

LISTS = sorted(name for name, one in operations().items() if one.is_list and name in ROWS)
ROWS_MORE = 30


def asked(world: World, name: str) -> tuple[int, int, list[str]]:
    """How many rows came, how many queries it took, and which."""
    with CaptureQueriesContext(connection) as queries:
        said = Asking(world, operations()[name], ROWS[name]).as_(Who.PLATFORM_ADMIN)
    assert said.status == 200, said.body
    rows: Any = said.body if isinstance(said.body, list) else said.body["results"]
    return len(rows), len(queries), [one["sql"] for one in queries.captured_queries]


@pytest.mark.parametrize("name", LISTS)
def test_a_longer_list_takes_no_more_queries(world: World, name: str) -> None:
    add_many(world, 0, 1)
    asked(world, name)  # what is kept from a first call on
    few, before, _ = asked(world, name)
    add_many(world, 1, ROWS_MORE)
    many, after, queries = asked(world, name)
    if name not in OF_THE_INSTALLATION:
        assert many >= few + ROWS_MORE - 1, (
            f"{name} did not become longer: let add_many in tests/unit/routes/many.py make rows"
            " that it shows, or name it in OF_THE_INSTALLATION."
        )
    assert after == before, queries
