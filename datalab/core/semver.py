"""Versions as charts have them: https://semver.org/#spec-item-11"""

import re
from dataclasses import dataclass
from typing import Self

_FORM = re.compile(
    r"v?(?P<numbers>\d{1,9}\.\d{1,9}\.\d{1,9})"
    r"(?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)
_Part = tuple[int, int, str]


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """Ordered as the specification says; the text after `+` does not count."""

    numbers: tuple[int, ...]
    released: bool
    before: tuple[_Part, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """ValueError where the text is no version such as 1.2.3 or 1.2.3-rc.1."""
        found = _FORM.fullmatch(text)
        if found is None or len(text) > 50:
            raise ValueError(f"{text[:50]!r} is no version such as 1.2.3")
        numbers = tuple(int(number) for number in found["numbers"].split("."))
        parts = found["pre"].split(".") if found["pre"] else []
        return cls(numbers, not parts, tuple(_part(part) for part in parts))

    @property
    def is_prerelease(self) -> bool:
        return not self.released


def _part(text: str) -> _Part:
    """Numbers come before words, and are compared as numbers."""
    return (0, int(text), "") if text.isdigit() else (1, 0, text)
