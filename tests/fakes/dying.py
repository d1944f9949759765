"""A process that is killed in the middle of what it does outside."""

from typing import Any


class Killed(BaseException):
    """As kill -9: nothing of the process runs any more, not even its handling of errors."""


class Dying:
    """Passes calls on to a provider. The one that `countdown` reaches is the last: before or after."""

    def __init__(self, provider: Any, countdown: "Countdown") -> None:
        self._provider = provider
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._provider, name)
        if not callable(call):
            return call

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._countdown.before(name)
            answer = call(*args, **kwargs)
            self._countdown.after(name)
            return answer

        return counted


class Countdown:
    """Shared by all providers of one process. `at` 2n: before the nth call, 2n + 1: after it."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.last = ""

    def before(self, name: str) -> None:
        self._tick(f"before {name}")

    def after(self, name: str) -> None:
        self._tick(f"after {name}")

    def _tick(self, moment: str) -> None:
        self.last = moment
        if self._left == 0:
            raise Killed(moment)
        self._left -= 1
