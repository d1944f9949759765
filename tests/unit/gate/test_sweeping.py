import asyncio

from django.db import OperationalError

from datalab.gate.sweeping import BLIND_FOR, Sweep


class Open:
    """Two connections that are open until they are cut."""

    def __init__(self) -> None:
        self.rights = {"bob", "carol"}

    def cut(self, ended: set[str]) -> None:
        self.rights -= ended


class Database:
    def __init__(self, *good: str) -> None:
        self.good = set(good)
        self.down = False

    async def __call__(self, rights: set[str]) -> set[str]:
        if self.down:
            raise OperationalError("gone")
        return rights & self.good


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_only_what_has_no_right_any_more_is_cut() -> None:
    guarded = Open()
    asyncio.run(Sweep(guarded, Database("carol")).once())
    assert guarded.rights == {"carol"}


def test_a_short_outage_of_the_database_cuts_nobody() -> None:
    guarded, database, clock = Open(), Database("bob", "carol"), Clock()
    sweep = Sweep(guarded, database, clock=clock)
    database.down = True
    clock.now += BLIND_FOR - 1
    asyncio.run(sweep.once())
    assert guarded.rights == {"bob", "carol"}


def test_access_does_not_outlive_a_long_outage() -> None:
    guarded, database, clock = Open(), Database("bob", "carol"), Clock()
    sweep = Sweep(guarded, database, clock=clock)
    database.down = True
    clock.now += BLIND_FOR
    asyncio.run(sweep.once())
    assert guarded.rights == set()


def test_an_answer_in_between_starts_the_clock_anew() -> None:
    guarded, database, clock = Open(), Database("bob", "carol"), Clock()
    sweep = Sweep(guarded, database, clock=clock)
    for down in (True, False, True):
        database.down = down
        clock.now += BLIND_FOR - 1
        asyncio.run(sweep.once())
    assert guarded.rights == {"bob", "carol"}
