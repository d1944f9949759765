"""The locks that are installed hold all that the platform imports: the development lock would hide it."""

import re
from importlib.metadata import requires
from pathlib import Path

import pytest

LOCKS = Path(__file__).resolve().parents[3] / "requirements"


def names(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9][-a-z0-9.]*)==", (LOCKS / lock).read_text(), re.M))


@pytest.mark.parametrize("lock", ["base.txt", "embedded.txt"])
def test_what_the_queue_needs_for_redis_is_locked(lock: str) -> None:
    wanted = [one for one in requires("kombu") or () if 'extra == "redis"' in one]
    packages = {re.split(r"[^-\w.]", one, maxsplit=1)[0].lower() for one in wanted}
    assert packages
    assert packages <= names(lock)
