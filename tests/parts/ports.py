"""Waiting for real parts on loopback."""

import http.client
import socket
import time
from collections.abc import Callable
from subprocess import Popen


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
