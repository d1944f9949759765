"""A text that nothing writes down by accident."""

from dataclasses import dataclass
from typing import NoReturn


@dataclass(frozen=True, slots=True, repr=False)
class Hidden:
    """Shows itself as dots wherever it is printed, formatted or logged; JSON and pickle refuse it.

    No subclass of str, on purpose: `reveal` is the only way to the text.
    """

    _text: str

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Hidden(…)"

    def __str__(self) -> str:
        return "…"

    def __format__(self, spec: str) -> str:
        return "…"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not pickled: hand over its name.")
