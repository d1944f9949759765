"""What uv and npm say while they install, as a sentence and a fraction. Pure.

Their words may change: a line that nobody knows changes nothing.
https://docs.astral.sh/uv/reference/cli/
"""

import re
from dataclasses import dataclass, field

_RESOLVED = re.compile(r"Resolved (\d+) packages?")
_DOWNLOADING = re.compile(r"Downloading (\S+) \(([^)]+)\)")
_DOWNLOADED = re.compile(r"Downloaded (\S+)")
_PREPARED = re.compile(r"Prepared (\d+) packages?")
_INSTALLED = re.compile(r"Installed (\d+) packages?")
_COMPILED = re.compile(r"Bytecode compiled (\d+) files?")


@dataclass(slots=True)
class Meter:
    """Follows one installation. `expected` is how many packages the lock names."""

    expected: int
    message: str = "Resolving packages"
    progress: float = 0.02
    _under_way: list[str] = field(default_factory=list)
    _done: int = 0

    def hear(self, line: str) -> bool:
        """True where there is something new to tell."""
        before = (self.message, self.progress)
        if _RESOLVED.search(line):
            self._say(f"Downloading {self.expected} packages", 0.1)
        elif found := _DOWNLOADING.search(line):
            self._under_way.append(found[1])
            self._say(self._downloading(found[2]), self.progress)
        elif found := _DOWNLOADED.search(line):
            self._done += 1
            if found[1] in self._under_way:
                self._under_way.remove(found[1])
            self._say(self._downloading(""), min(0.55, self.progress + 0.04))
        elif _PREPARED.search(line):
            self._say(f"Installing {self.expected} packages", 0.6)
        elif _INSTALLED.search(line):
            self._say("Compiling, so that it starts faster", 0.7)
        elif _COMPILED.search(line):
            self._say("Checking", 0.95)
        return (self.message, self.progress) != before

    def _downloading(self, size: str) -> str:
        if not self._under_way:
            return f"Downloading {self.expected} packages"
        newest = self._under_way[-1]
        return f"Downloading {newest} ({size})" if size else f"Downloading {newest}"

    def _say(self, message: str, progress: float) -> None:
        self.message, self.progress = message, max(self.progress, progress)


def locked_packages(requirements: str) -> int:
    """How many packages a lock with hashes names."""
    return sum(1 for line in requirements.splitlines() if re.match(r"[A-Za-z0-9]", line))
