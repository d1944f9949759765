"""What may be in an event: by type first, by name second."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

import pytest

from datalab.audit.models import Event, EventType
from datalab.audit.plain import LONGEST, NotPlain, plain
from datalab.audit.record import record
from datalab.core.logging import REDACTED
from datalab.core.secret import Hidden
from datalab.providers.secrets.base import Secret

CANARY = "hunter2-canary"


class Text(str):
    """A class of somebody's own that calls itself a text."""


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Row:
    token: str


SECRETS: list[Any] = [
    pytest.param(Hidden(CANARY), id="a hidden text"),
    pytest.param(Text(CANARY), id="a class of its own"),
    pytest.param(CANARY.encode(), id="bytes"),
    pytest.param(Secret(data={"PASSWORD": CANARY}, version=1), id="what the store gives"),
    pytest.param(Row(token=CANARY), id="a row"),
    pytest.param([Hidden(CANARY)], id="inside of a list"),
    pytest.param({"deep": {"deeper": Hidden(CANARY)}}, id="deep inside"),
    pytest.param(uuid4(), id="an object of the library"),
]


@pytest.mark.parametrize("value", SECRETS)
def test_what_is_no_plain_value_stops_a_test(value: Any) -> None:
    with pytest.raises(NotPlain):
        plain({"thing": value})


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["before", "after", "data"])
@pytest.mark.parametrize("value", SECRETS)
def test_and_is_left_out_where_people_work_so_that_the_event_stays(
    settings: Any, value: Any, place: str
) -> None:
    settings.AUDIT_STRICT = False
    given: dict[str, Any] = {"thing": value}
    record(
        EventType.SERVICE_CHANGED,
        actor="bob",
        **({place: given} if place != "data" else given),
    )
    row: dict[str, Any] = dict(Event.objects.values().get())
    assert CANARY not in str(row)
    assert REDACTED in str(row[place])


def test_plain_values_stay_as_they_are() -> None:
    values = {"a": "text", "b": 1, "c": True, "d": None, "e": ["x", 1], "f": {"g": "h"}}
    assert plain(values) == values
    assert plain({"colour": Colour.RED}) == {"colour": "red"}


@pytest.mark.parametrize("name", ["password", "api_key", "db-password", "token", "Authorization"])
def test_what_is_called_like_a_secret_is_blanked_however_deep(name: str) -> None:
    assert plain({name: CANARY}) == {name: REDACTED}
    assert plain({"outer": {name: CANARY}}) == {"outer": {name: REDACTED}}


def test_what_somebody_typed_cannot_grow_without_end() -> None:
    kept = plain({"text": "x" * 10**6, "list": ["x"] * 10**4})
    assert len(kept["text"]) == LONGEST + 1
    assert len(kept["list"]) == 200
