import asyncio
from collections.abc import Awaitable, Callable

import pytest

from datalab.core.errors import NotSignedIn
from datalab.gate.recall import VALID_FOR, Recall

KEY = ("nb", "secret")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class LookUp:
    """Counts how often it is asked."""

    def __init__(self, found: str | None = "entry") -> None:
        self.found = found
        self.asked = 0

    async def __call__(self) -> str | None:
        self.asked += 1
        await asyncio.sleep(0)
        return self.found


def test_what_was_found_is_remembered_for_two_seconds() -> None:
    clock, look_up = Clock(), LookUp()
    recall: Recall[str] = Recall(clock)

    async def ask() -> None:
        assert await recall.get(KEY, look_up) == "entry"

    for at, asked in ((0.0, 1), (VALID_FOR - 0.1, 1), (VALID_FOR, 2)):
        clock.now = at
        asyncio.run(ask())
        assert look_up.asked == asked


def test_that_nothing_was_found_is_not_remembered() -> None:
    recall: Recall[str] = Recall(Clock())
    look_up = LookUp(None)

    async def ask_twice() -> None:
        assert [await recall.get(KEY, look_up) for _ in range(2)] == [None, None]

    asyncio.run(ask_twice())
    assert look_up.asked == 2


def test_many_who_ask_at_once_cause_one_look_up() -> None:
    recall: Recall[str] = Recall(Clock())
    look_up = LookUp()

    async def ask() -> list[str | None]:
        return await asyncio.gather(*(recall.get(KEY, look_up) for _ in range(50)))

    assert set(asyncio.run(ask())) == {"entry"}
    assert look_up.asked == 1


def test_one_who_goes_away_does_not_take_the_answer_from_the_others() -> None:
    recall: Recall[str] = Recall(Clock())

    async def ask() -> str | None:
        gone = asyncio.ensure_future(recall.get(KEY, LookUp()))
        stays = asyncio.ensure_future(recall.get(KEY, LookUp()))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert asyncio.run(ask()) == "entry"


def test_a_refusal_goes_to_all_who_wait_and_to_nobody_later() -> None:
    recall: Recall[str] = Recall(Clock())

    async def refuse() -> str | None:
        await asyncio.sleep(0)
        raise NotSignedIn("no")

    async def ask(look_up: Callable[[], Awaitable[str | None]]) -> list[object]:
        answers = (recall.get(KEY, look_up) for _ in range(2))
        return list(await asyncio.gather(*answers, return_exceptions=True))

    async def refused_then_let_in() -> None:
        assert [type(one) for one in await ask(refuse)] == [NotSignedIn, NotSignedIn]
        assert await ask(LookUp()) == ["entry", "entry"]

    asyncio.run(refused_then_let_in())


@pytest.mark.parametrize("other", [("nb", "other"), ("other", "secret")])
def test_a_pass_of_one_tool_is_not_taken_for_another(other: tuple[str, str]) -> None:
    recall: Recall[str] = Recall(Clock())

    async def ask() -> str | None:
        await recall.get(KEY, LookUp())
        return await recall.get(other, LookUp(None))

    assert asyncio.run(ask()) is None
