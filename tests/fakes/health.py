"""Parts of the platform that do not answer, and one that answers too late."""

import threading
from collections.abc import Callable

from datalab.core.errors import ProviderUnavailable
from datalab.monitoring.parts import Failing, Part


def down(provider: str) -> Callable[[], None]:
    def ping() -> None:
        raise ProviderUnavailable("It does not answer.", provider=provider)

    return ping


def part(name: str, check: Callable[[], str] = str, *, within: float = 20.0) -> Part:
    return Part(
        name=name, title=name, check=check, without_it="Little.", advice="Look.", within=within
    )


class Stuck:
    """Answers only when the test lets go; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.let_go = threading.Event()

    def __call__(self) -> str:
        self.asked += 1
        self.let_go.wait(10)
        return "late"


def failing(sentence: str) -> Callable[[], str]:
    def check() -> str:
        raise Failing(sentence)

    return check
