"""A wire between a client and the API server that a test can cut, or let fall silent."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import yaml


class Wire:
    def __init__(self, host: str, port: int) -> None:
        self._far = (host, port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._ends: set[socket.socket] = set()
        self._talks = threading.Event()
        self._talks.set()
        self._is_cut = False
        self._left: int | None = None
        self.carried = 0
        """Bytes that have come from the API server."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def cut(self) -> None:
        """All connections end, and new ones are refused."""
        self._is_cut = True
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut_after(self, length: int) -> None:
        """As soon as so many bytes more have come from the API server."""
        self._left = self.carried + length

    def mend(self) -> None:
        self._is_cut, self._left = False, None
        self._talks.set()

    def fall_silent(self) -> None:
        """Connections stay, and nothing comes through any more."""
        self._talks.clear()

    def close(self) -> None:
        self.cut()
        self._talks.set()
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = socket.create_connection(self._far)
                for one, other in ((near, far), (far, near)):
                    args = (one, other, one is far)
                    threading.Thread(target=self._carry, args=args, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, comes_back: bool) -> None:
        self._ends.add(one)
        with suppress(OSError):
            while found := one.recv(65536):
                self._talks.wait()
                other.sendall(found)
                if comes_back:
                    self._count(len(found))
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.discard(one)
        one.close()

    def _count(self, length: int) -> None:
        self.carried += length
        if self._left is not None and self.carried > self._left:
            self.cut()


@contextmanager
def wire_to(kubeconfig: Path, folder: Path) -> Iterator[tuple[Wire, Path]]:
    """The wire, and a kubeconfig that leads over it."""
    told = yaml.safe_load(kubeconfig.read_text())
    cluster = told["clusters"][0]["cluster"]
    server = urlsplit(cluster["server"])
    wire = Wire(str(server.hostname), server.port or 443)
    cluster["server"] = f"https://127.0.0.1:{wire.port}"
    cluster["tls-server-name"] = server.hostname
    file = folder / "over-the-wire.kubeconfig"
    file.write_text(json.dumps(told))
    file.chmod(0o600)
    try:
        yield wire, file
    finally:
        wire.close()
