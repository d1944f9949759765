"""What is new in a text of which only the end is ever shown. Pure."""


class Tail:
    """Fed with the last lines of a log again and again, it gives each line once."""

    def __init__(self) -> None:
        self._before: list[str] = []
        self._half = ""

    def feed(self, text: str) -> list[str]:
        """The lines that the text before did not have.

        A last line without its end may still grow: it is given once it has stood still.
        """
        lines = text.split("\n")
        half = lines.pop()
        if half and half == self._half:
            lines.append(half)
        self._half = half
        fresh = lines[_shared(self._before, lines) :]
        self._before = lines
        return fresh


def _shared(before: list[str], after: list[str]) -> int:
    """How many lines at the beginning of `after` are the end of `before`."""
    for size in range(min(len(before), len(after)), 0, -1):
        if before[-1] == after[size - 1] and before[-size:] == after[:size]:
            return size
    return 0
