"""What uv and npm say while they install, as a sentence and a fraction. Pure.

Their words may change: a line that nobody knows changes nothing.
https://docs.astral.sh/uv/reference/cli/
"""

import json
import re
from dataclasses import dataclass, field

_RESOLVED = re.compile(r"Resolved (\d+) packages?")
_DOWNLOADING = re.compile(r"Downloading (\S+) \(([^)]+)\)")
_DOWNLOADED = re.compile(r"Downloaded (\S+)")
_PREPARED = re.compile(r"Prepared (\d+) packages?")
# The builder's own words, see compile_packages.py.
_COMPILING = re.compile(r"Compiling (\d+) packages")
_COMPILED = re.compile(r"Compiled (\S+)")
_FETCHED = re.compile(r"npm http (?:fetch GET 200|cache) \S+\.tgz")
_FROM, _TO = 0.6, 0.95


@dataclass(slots=True)
class Meter:
    """Follows one installation. `expected` is how many packages the lock names."""

    expected: int
    message: str = "Resolving packages"
    progress: float = 0.02
    _under_way: list[str] = field(default_factory=list)
    _done: int = 0
    _to_compile: int = 0
    _ready: int = 0

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
            self._say(f"Installing {self.expected} packages", _FROM)
        elif found := _COMPILING.match(line):
            self._to_compile = int(found[1])
        elif found := _COMPILED.match(line):
            self._compiled(found[1])
        return (self.message, self.progress) != before

    def _downloading(self, size: str) -> str:
        if not self._under_way:
            return f"Downloading {self.expected} packages"
        newest = self._under_way[-1]
        return f"Downloading {newest} ({size})" if size else f"Downloading {newest}"

    def _compiled(self, package: str) -> None:
        """Linking takes a fraction of a second, compiling nearly all of the time after downloads."""
        self._ready += 1
        share = min(1.0, self._ready / (self._to_compile or self._ready))
        self._say(
            f"Installing {package} ({self._ready} of {self._to_compile})",
            _FROM + (_TO - _FROM) * share,
        )

    def _say(self, message: str, progress: float) -> None:
        self.message, self.progress = message, max(self.progress, progress)


@dataclass(slots=True)
class NpmMeter:
    """Follows one `npm ci --loglevel=http`: a line for each package that is fetched or cached.

    `start` and `end` are the fractions of the whole build that this installation is.
    """

    what: str
    expected: int
    start: float
    end: float
    _fetched: int = 0

    @property
    def message(self) -> str:
        return f"Installing {self.what} ({self._fetched} of {self.expected})"

    @property
    def progress(self) -> float:
        return round(self.start + (self.end - self.start) * self._fetched / self.expected, 3)

    def hear(self, line: str) -> bool:
        if not _FETCHED.match(line) or self._fetched >= self.expected:
            return False
        self._fetched += 1
        return True


def locked_npm_packages(lock: str) -> int:
    """How many packages `npm ci --omit=dev` installs by this lock at most, and one at least."""
    packages = json.loads(lock).get("packages", {})
    return max(1, sum(1 for name, about in packages.items() if name and not about.get("dev")))


def locked_packages(requirements: str) -> int:
    """How many packages a lock with hashes names."""
    return sum(1 for line in requirements.splitlines() if re.match(r"[A-Za-z0-9]", line))
