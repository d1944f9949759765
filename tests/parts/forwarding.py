"""Parts on loopback, reached from pods at the node's own address."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

_CHUNK = 65536


@contextmanager
def forwarded(address: str, *, to: int) -> Iterator[int]:
    """A port at `address` that leads to that one on 127.0.0.1."""
    with socket.create_server((address, 0)) as server:
        stop = threading.Event()
        server.settimeout(0.2)
        accepting = threading.Thread(target=_accept, args=(server, to, stop), daemon=True)
        accepting.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            stop.set()
            accepting.join()


def _accept(server: socket.socket, to: int, stop: threading.Event) -> None:
    while not stop.is_set():
        with suppress(TimeoutError):
            came, _ = server.accept()
            threading.Thread(target=_carry, args=(came, to, stop), daemon=True).start()


def _carry(came: socket.socket, to: int, stop: threading.Event) -> None:
    with ExitStack() as both, suppress(OSError):
        both.enter_context(came)
        there = both.enter_context(socket.create_connection(("127.0.0.1", to), timeout=10))
        there.settimeout(None)
        came.settimeout(None)
        chosen = both.enter_context(selectors.DefaultSelector())
        chosen.register(came, selectors.EVENT_READ, there)
        chosen.register(there, selectors.EVENT_READ, came)
        while not stop.is_set():
            for key, _ in chosen.select(timeout=0.5):
                source: socket.socket = key.fileobj  # type: ignore[assignment]
                data = source.recv(_CHUNK)
                if not data:
                    return
                key.data.sendall(data)
