"""Why a tool ended, in plain language."""

import pytest

from datalab.providers.cluster.local.agent import reasons
from datalab.providers.cluster.local.limits import Usage

GIB = 1024**3


@pytest.mark.parametrize(
    ("code", "kills", "expected", "words"),
    [
        pytest.param(0, 0, "Exited", "by itself", id="ended by itself"),
        pytest.param(7, 0, "Exited", "exit code 7", id="ended with an error"),
        pytest.param(143, 0, "Exited", "SIGTERM", id="was asked to end"),
        pytest.param(137, 0, "Killed", "killed from outside", id="killed, with memory left"),
        pytest.param(137, 1, "OutOfMemory", "limit of 2 GiB", id="killed for want of memory"),
        pytest.param(1, 1, "Exited", "exit code 1", id="ended after one of its processes had to"),
        pytest.param(255, 0, "Exited", "signal 127", id="no signal that has a name"),
    ],
)
def test_an_exit_has_its_reason(code: int, kills: int, expected: str, words: str) -> None:
    reason = reasons.of_exit(code, last_lines="last words", memory=2 * GIB, kills=kills, peak=GIB)
    assert reason.code == expected
    assert words in reason.message
    assert reason.raw == "last words"


def test_want_of_memory_names_the_limit_and_the_highest_use() -> None:
    reason = reasons.out_of_memory(2 * GIB, Usage(peak=GIB, kills=1))
    assert "2 GiB" in reason.message
    assert "(it had 1 GiB at its highest)" in reason.message


@pytest.mark.parametrize(("kills", "words"), [(1, "once"), (3, "3 times")])
def test_a_tool_that_lives_on_says_how_often_it_lost_something(kills: int, words: str) -> None:
    reason = reasons.process_out_of_memory(GIB, Usage(peak=GIB, kills=kills))
    assert reason.code == "OutOfMemory"
    assert words in reason.message


def test_a_machine_without_a_limit_does_not_name_one() -> None:
    assert "limit" not in reasons.out_of_memory(None, Usage(peak=1, kills=1)).message
