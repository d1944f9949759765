"""Every route for tokens: what each verb opens, and the tenants that a token is not for."""

import json

import pytest
from django.urls import URLResolver, get_resolver

from datalab.accounts.reach import Verb, Verbs
from datalab.tenants.lifecycle import Role
from datalab.tenants.models import Membership
from tests.unit.routes.asking import PEOPLE, Asking
from tests.unit.routes.rows import Least, Row, Who
from tests.unit.routes.schema import Operation, operations
from tests.unit.routes.table import ROWS
from tests.unit.routes.world import World, make_token

OPERATIONS = operations()
KNOWN = [name for name in OPERATIONS if name in ROWS]
SETS = {
    "reads": (Verb.READ,),
    "reads and writes": (Verb.READ, Verb.WRITE),
    "does everything": tuple(Verb),
}
LEAST = {Least.ADMIN: Who.ADMIN, Least.PLATFORM_ADMIN: Who.PLATFORM_ADMIN}


def owner_for(row: Row) -> Who:
    """The least person that may."""
    return LEAST.get(row.least, Who.MEMBER)


@pytest.mark.parametrize("name", KNOWN)
def test_a_token_opens_what_its_verbs_say(world: World, name: str) -> None:
    operation, row = OPERATIONS[name], ROWS[name]
    who = owner_for(row)
    asking = Asking(world, operation, row)
    at_the_page = asking.as_(who).status
    got, expected = {}, {}
    for title, verbs in SETS.items():
        make_token(world.user(PEOPLE[who]), f"dl_{title}", verbs=verbs)
        enough = row.verb_for(operation.method) in verbs
        if row.keeps_tokens:
            enough = set(verbs) == set(Verb)
        if row.for_the_page:
            enough = False
        expected[title] = at_the_page if enough else 403
        got[title] = asking.with_token(f"dl_{title}").status
    assert got == expected


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("who", [Who.ADMIN, Who.PLATFORM_ADMIN])
def test_a_token_for_another_tenant_opens_nothing_of_this_one(
    world: World, name: str, who: Who
) -> None:
    """Its owner administers both."""
    operation, row = OPERATIONS[name], ROWS[name]
    owner = world.user(PEOPLE[who])
    if who is Who.ADMIN:
        Membership.objects.create(tenant=world.globex, user=owner, role=Role.ADMIN.value)
    make_token(owner, "dl_narrow", tenants=[world.globex])
    said = Asking(world, operation, row).with_token("dl_narrow")
    if operation.is_below_a_tenant:
        assert said.status == 404
    elif row.keeps_tokens or row.for_the_page or row.least is Least.PLATFORM_ADMIN:
        assert said.status == 403
    else:
        assert said.status == operation.success
        assert "acme" not in json.dumps(said.body)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_view_declares_what_tokens_need(operation: Operation) -> None:
    view = VIEWS[operation.path]
    declared: object = getattr(view(), "verbs", None)
    assert isinstance(declared, Verbs), (
        f"\n{view.__name__} declares no verbs, so that no token opens it. Derive it from"
        " TenantView, or give it `verbs = EVERYBODYS` (read and write), `PLATFORM_ADMINS` or"
        " `Verbs(reading=…, writing=…)` of datalab/accounts/reach.py."
    )


def _views(resolver: URLResolver, before: str = "/") -> dict[str, type]:
    found: dict[str, type] = {}
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            found |= _views(one, path)
        elif view := getattr(one.callback, "cls", None):
            found[_plain(path)] = view
    return found


def _plain(path: str) -> str:
    """`<uuid:token_id>` -> `{token_id}`"""
    parts = (part.split(":")[-1] for part in path.replace("<", "{<").split("<"))
    return "".join(parts).replace(">", "}")


VIEWS = _views(get_resolver())
