"""What a row of the route table says. The tables are beside: one file per app, as in datalab/."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from datalab.accounts.reach import Verb
from tests.unit.routes.world import World


class Who(StrEnum):
    """Each column of the table."""

    ANONYMOUS = "anonymous"
    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "tenant admin"
    OTHER_ADMIN = "other tenant's admin"
    PLATFORM_ADMIN = "platform admin"


class Least(StrEnum):
    """Who may, at least. All above may, too."""

    ANYBODY = "anybody who is signed in"
    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "tenant admin"
    PLATFORM_ADMIN = "platform admin"

    def lets(self, who: Who) -> bool:
        rank = {Who.VIEWER: 1, Who.MEMBER: 2, Who.ADMIN: 3, Who.OTHER_ADMIN: 0}
        return rank.get(who, 4) >= list(Least).index(self)


Given = Callable[[World], Mapping[str, str] | None]


@dataclass(frozen=True, kw_only=True)
class Row:
    """Beyond the rule: success as the schema says, 403 below `least`, 404 from another tenant."""

    least: Least
    body: Any = None
    """A body that is accepted; called with the world where it depends on that."""
    query: str = ""
    given: Given | None = None
    """Prepares what this operation needs, before each call; may answer values of the path."""
    differs: Mapping[Who, int] = field(default_factory=dict)
    """Answers that are not as the rule says. Say why in a comment."""
    keeps_tokens: bool = False
    """Of tokens only one that is for everything may."""
    for_the_page: bool = False
    """No token may."""
    verb: Verb | None = None
    """What a token needs where it does not follow from `least` and the method."""

    def verb_for(self, method: str) -> Verb:
        match self.least:
            case _ if self.verb is not None:
                return self.verb
            case Least.ADMIN | Least.PLATFORM_ADMIN:
                return Verb.ADMIN
            case Least.ANYBODY | Least.VIEWER if method == "get":
                return Verb.READ
            case _:
                return Verb.WRITE


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Values for one parameter of a path."""

    own: Callable[[World], str]
    missing: str | None = None
    """Something that nobody has. None: not everything below it is looked up by it."""
    foreign: Callable[[World], str] | None = None
    """What exists, but not in acme: its answer must be that of `missing`, to the letter."""
