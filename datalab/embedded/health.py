"""How a part says that it works: asked, never guessed from time."""

import http.client
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from datalab.embedded.installation import read_json

_SECONDS = 5.0


class Health(Protocol):
    @property
    def address(self) -> str:
        """Where the part listens, for people."""

    def is_good(self, *, pid: int) -> bool:
        """Ask once, at most a few seconds. `pid` is the part's own process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    port: int
    path: str
    host: str = "127.0.0.1"
    """The Host header; the connection goes to 127.0.0.1."""
    good: frozenset[int] = frozenset({200})

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def is_good(self, *, pid: int) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            connection.request("GET", self.path, headers={"Host": self.host})
            return connection.getresponse().status in self.good
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A Unix socket that accepts."""

    path: Path

    @property
    def address(self) -> str:
        return self.path.name

    def is_good(self, *, pid: int) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(_SECONDS)
            try:
                probe.connect(str(self.path))
            except OSError:
                return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A file that the part writes when it is ready: `{"pid": its own}`."""

    file: Path
    address: str = field(default="")

    def is_good(self, *, pid: int) -> bool:
        return read_json(self.file).get("pid") == pid
