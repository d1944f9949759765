"""A whole platform of its own for the tests that need one: `make up` in a folder of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import httpx

from tests.parts.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
UP_WITHIN = 180.0
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    username: str
    password: str
    tenant: str | None
    role: str
    token: str


class Platform:
    """Runs `python -m datalab.embedded up` in a process group of its own, from `root`."""

    def __init__(self, root: Path = ROOT, **settings: str) -> None:
        self.root = root
        self._settings = settings
        # Not below pytest's own folder: that is closed to the sandboxes' users.
        self.state = Path(tempfile.mkdtemp(prefix="datalab-e2e-"))
        self.state.chmod(0o711)
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._up: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATALAB_STATE_DIR": str(self.state),
            "DATALAB_PORT": str(self.port),
            **self._settings,
        }

    def start(self) -> None:
        """Returns once `demo.json` says that everything answers."""
        with (self.state / "up.log").open("ab") as output:
            self._up = subprocess.Popen(
                [sys.executable, "-m", "datalab.embedded", "up"],
                cwd=self.root,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        until(self._is_up, within=UP_WITHIN, what=self.log)

    def _is_up(self) -> bool:
        if self._up is None or self._up.poll() is not None:
            raise AssertionError(f"`up` ended:\n{self.log()}")
        return (self.state / "demo.json").is_file()

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self._up is not None and self._up.poll() is None:
            self._up.send_signal(signal.SIGTERM)
            self._up.wait(timeout=90)
        self._up = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.state, ignore_errors=True)

    def log(self) -> str:
        return (self.state / "up.log").read_text(errors="replace")[-4000:]

    def account(self, tenant: str | None, role: str) -> Account:
        demo = json.loads((self.state / "demo.json").read_text())
        found = next(a for a in demo["accounts"] if (a["tenant"], a["role"]) == (tenant, role))
        return Account(**{key: found[key] for key in Account.__dataclass_fields__})

    def status(self) -> dict[str, Any]:
        """The parts as `status --json` tells them, healthy or not."""
        told = subprocess.run(
            [sys.executable, "-m", "datalab.embedded", "status", "--json"],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            check=False,  # not 0 while a part does not answer
            timeout=60,
        )
        answer: dict[str, Any] = json.loads(told.stdout)
        return answer

    def api(self, account: Account) -> httpx.Client:
        """The REST API through the front door, as a script would call it."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/api/v1/",
            headers={
                "Host": f"localhost:{self.port}",
                "Authorization": f"Bearer {account.token}",
            },
            timeout=30,
            trust_env=False,
        )


def until(
    look: Callable[[], Found | Literal[False] | None],
    *,
    within: float,
    what: Callable[[], object],
    every: float = 0.1,
) -> Found:
    """Look again and again until there is something. The only place of these tests that waits."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within:.0f} s: {what()}")
        time.sleep(every)
