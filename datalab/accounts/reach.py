"""How far somebody reaches with what they showed: a session all the way, a token as it was made.

Pure. What a view needs is declared on the view; a token that meets a view which declares nothing
is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Verb(StrEnum):
    """What a token is for: what a viewer may, what a member may, what an admin may."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


VERBS = [verb.value for verb in Verb]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbs:
    """What a view asks of tokens for safe and for other methods. None: no token may.

    `whole`: only a token that is for everything.
    """

    reading: Verb | None
    writing: Verb | None
    whole: bool = False

    def for_method(self, method: str | None) -> Verb | None:
        return self.reading if method in SAFE_METHODS else self.writing


FOR_THE_PAGE = Verbs(reading=None, writing=None)
"""Only for somebody who is signed in at the page."""
KEEPING_TOKENS = Verbs(reading=Verb.ADMIN, writing=Verb.ADMIN, whole=True)
"""A narrow token must not reach a wider one by making it, nor take others away."""
EVERYBODYS = Verbs(reading=Verb.READ, writing=Verb.WRITE)
PLATFORM_ADMINS = Verbs(reading=Verb.ADMIN, writing=Verb.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`tenants` are ids, None for all that the owner is in.

    `above`: the owner is a platform administrator, who acts in tenants without being a member.
    `until` is when a token ends: none that is made with it outlives it.
    """

    verbs: frozenset[Verb] = frozenset(Verb)
    tenants: frozenset[UUID] | None = None
    above: bool = False
    until: datetime | None = None

    @property
    def is_everything(self) -> bool:
        return self.tenants is None and self.verbs == frozenset(Verb)

    @property
    def includes_the_platform(self) -> bool:
        """What is above all tenants is beyond a token for some of them."""
        return self.tenants is None and Verb.ADMIN in self.verbs

    def covers(self, tenant_id: UUID) -> bool:
        return self.tenants is None or tenant_id in self.tenants


EVERYTHING = Reach()


def known_verbs(stored: Iterable[str]) -> frozenset[Verb]:
    """A word of a later version of this code grants nothing."""
    return frozenset(Verb(one) for one in stored if one in VERBS)
