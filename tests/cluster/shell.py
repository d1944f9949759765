"""Running programs to their end, waiting, and telling how far it is."""

import fcntl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_BEGAN = time.monotonic()


NOT_UP = "The cluster is not up: make cluster."


class KitError(Exception):
    """Its text says what to do."""


def say(text: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:6.1f} s] {text}", file=sys.stderr, flush=True)  # noqa: T201


def run(
    *command: str | Path,
    data: str | None = None,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    check: bool = True,
    seconds: float = 600,
) -> str:
    """What it printed. KitError with its own words where it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            input=data,
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except FileNotFoundError as exc:
        raise KitError(f"{words[0]} is not installed on this machine.") from exc
    except subprocess.TimeoutExpired as exc:
        raise KitError(f"{' '.join(words[:3])} did not end within {seconds:.0f} s.") from exc
    if check and done.returncode:
        raise KitError(f"{' '.join(words[:6])} failed:\n{(done.stderr or done.stdout).strip()}")
    return done.stdout


def succeeds(*command: str | Path) -> bool:
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def wait_until(what: str, true: Callable[[], bool], *, seconds: float, hint: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise KitError(f"{what}: not within {seconds:.0f} s. {hint}".rstrip())
        time.sleep(0.1)


def write(path: Path, text: str) -> None:
    """Unless it reads so already: kube-proxy ends itself when its file is written, changed or not."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time; who comes second waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
