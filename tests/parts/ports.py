"""Ports for real parts on loopback, and waiting for them."""

import http.client
import secrets
import time
from collections.abc import Callable
from subprocess import Popen

from datalab.embedded.ports import is_free

# Below what Linux hands out for outgoing connections (32768 and up): those are many beside a cluster,
# and one took a port before its part had started. Beside what `make up` draws from (20000 and up).
_RANGE = range(12000, 20000)
_given: set[int] = set()


def free_port() -> int:
    """For a part that is about to start on 127.0.0.1. Never the same twice."""
    while (port := secrets.choice(_RANGE)) in _given or not is_free(port):
        pass
    _given.add(port)
    return port


def status_of(port: int, path: str) -> int | None:
    """What answers a GET, None where nothing does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def wait_for(ready: Callable[[], bool], process: Popen[bytes], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert process.poll() is None, f"ended with {process.returncode} while starting"
        assert time.monotonic() < deadline, f"did not answer within {seconds} s"
        time.sleep(0.05)


def stop(process: Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except TimeoutError:  # pragma: no cover - only a part that hangs
            process.kill()
            process.wait(10)


def wait_until(true: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
