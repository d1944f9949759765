"""Every route for every role, generated from the OpenAPI schema.

The table is beside: one file per app, one row per operation.
"""

from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.unit.routes.asking import Asking
from tests.unit.routes.rows import Least, Row, Who
from tests.unit.routes.schema import BELOW_A_TENANT, Operation, operations
from tests.unit.routes.table import ROWS, SAMPLES
from tests.unit.routes.world import World

UNDOCUMENTED = {"/api/v1/schema"}
"""Addresses of the API that the schema doesn't describe: itself."""
OPERATIONS = operations()
KNOWN = [name for name in OPERATIONS if name in ROWS]


def answers_of(operation: Operation, row: Row) -> dict[str, int]:
    """What the table says, as one column per role."""
    said = {}
    for who in Who:
        if who is Who.ANONYMOUS:
            status = 401
        elif who is Who.OTHER_ADMIN and operation.is_below_a_tenant:
            status = 404
        else:
            status = operation.success if row.least.lets(who) else 403
        said[str(who)] = row.differs.get(who, status)
    return said


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    missing = [
        f"{name} ({one.method.upper()} {one.path})"
        for name, one in OPERATIONS.items()
        if name not in ROWS
    ]
    example = missing[0].split()[0] if missing else ""
    assert not missing, (
        "\nThese routes have no row in the table of routes and roles:\n  "
        + "\n  ".join(missing)
        + "\nAdd one for each to ROWS in tests/unit/routes/<app>.py (a new file: to table.py as"
        " well), such as\n"
        f'    "{example}": Row(least=Least.ADMIN, body={{…}}),\n'
        "`least` is who may at least; `given=` prepares what the call needs; `differs=` holds"
        " answers that are not as the rule says. rows.py says the rest."
    )
    assert not set(ROWS) - set(OPERATIONS), "These rows have no route (any more)."


def test_every_parameter_of_a_path_has_a_sample() -> None:
    used = {name for one in OPERATIONS.values() for name in one.parameters}
    assert not used - set(SAMPLES), (
        f"\nNo sample for {sorted(used - set(SAMPLES))}: add it to SAMPLES in"
        " tests/unit/routes/table.py, with `own` (a thing of acme, bob's where it is somebody's),"
        " `foreign` (one of globex) and `missing`. What it names is made in tests/unit/routes/"
        "world.py or by `given=` of the row."
    )


@pytest.mark.parametrize("name", KNOWN)
def test_each_role_gets_the_answer_that_the_table_says(world: World, name: str) -> None:
    operation, row = OPERATIONS[name], ROWS[name]
    asking = Asking(world, operation, row)
    said = {who: asking.as_(who) for who in Who}
    got = {str(who): one.status for who, one in said.items()}
    bodies = "\n".join(f"  {who}: {one.status} {one.body}" for who, one in said.items())
    assert got == answers_of(operation, row), f"\n{operation.method} {operation.path}\n{bodies}"


@pytest.mark.parametrize("name", [one for one in KNOWN if OPERATIONS[one].is_below_a_tenant])
def test_another_tenant_looks_the_same_as_none(world: World, name: str) -> None:
    asking = Asking(world, OPERATIONS[name], ROWS[name])
    theirs = asking.as_(Who.OTHER_ADMIN)
    assert theirs == asking.as_(Who.OTHER_ADMIN, tenant="no-such-tenant")
    assert theirs.status == 404


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        pytest.param(name, parameter, id=f"{name}-{parameter}")
        for name in KNOWN
        for parameter in OPERATIONS[name].parameters
        if parameter in SAMPLES and SAMPLES[parameter].foreign
    ],
)
def test_another_tenants_thing_looks_the_same_as_none(
    world: World, name: str, parameter: str
) -> None:
    row, sample = ROWS[name], SAMPLES[parameter]
    asking = Asking(world, OPERATIONS[name], row)
    assert sample.foreign is not None
    assert sample.missing is not None
    who = Who.PLATFORM_ADMIN if row.least is Least.PLATFORM_ADMIN else Who.ADMIN
    theirs = asking.as_(who, **{parameter: sample.foreign(world)})
    assert theirs == asking.as_(who, **{parameter: sample.missing})
    assert theirs.status == 404


def test_the_schema_describes_every_address_of_the_api() -> None:
    described = {one.path for one in OPERATIONS.values()} | UNDOCUMENTED
    served = {_plain(path) for path in _addresses(get_resolver()) if path.startswith("/api/v1/")}
    assert served == described


def test_a_tenants_routes_are_all_below_it() -> None:
    """What is named after a tenant elsewhere would pass by its border."""
    strays = [one.path for one in OPERATIONS.values() if "{tenant}" in one.path]
    assert all(path.startswith(BELOW_A_TENANT) for path in strays)


def _addresses(resolver: Any, before: str = "/") -> list[str]:
    found: list[str] = []
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            found += _addresses(one, path)
        elif isinstance(one, URLPattern):
            found.append(path)
    return found


def _plain(path: str) -> str:
    """`<uuid:token_id>` -> `{token_id}`"""
    parts = (part.split(":")[-1] for part in path.replace("<", "{<").split("<"))
    return "".join(parts).replace(">", "}")
