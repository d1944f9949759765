"""A way for pods to what listens on this machine's loopback, over TLS where a certificate is given."""

import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CHUNK = 65536


@contextmanager
def doorway(address: str, target: int, *, pair: tuple[str, str] | None = None) -> Iterator[int]:
    """The port at `address` that leads to 127.0.0.1:`target`. `pair`: certificate and key, PEM."""
    context = _context(*pair) if pair else None
    with socket.create_server((address, 0)) as listening:
        waiting = threading.Thread(target=_welcome, args=(listening, target, context), daemon=True)
        waiting.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
        waiting.join(10)


def _context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "crt"), Path(folder, "key")
        for file, text in zip(files, (certificate, key), strict=True):
            file.write_text(text)
        context.load_cert_chain(*files)
    return context


def _welcome(listening: socket.socket, target: int, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            visitor, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_join, args=(visitor, target, context), daemon=True).start()


def _join(visitor: socket.socket, target: int, context: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError), contextlib.ExitStack() as ending:
        ending.enter_context(visitor)
        visitor.settimeout(60)
        if context:
            visitor = ending.enter_context(context.wrap_socket(visitor, server_side=True))
        inside = ending.enter_context(socket.create_connection(("127.0.0.1", target), timeout=60))
        back = threading.Thread(target=_pour, args=(inside, visitor), daemon=True)
        back.start()
        _pour(visitor, inside)
        back.join()


def _pour(source: socket.socket, sink: socket.socket) -> None:
    """Until one side has nothing more to say; the other is told so."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            sink.sendall(chunk)
    with contextlib.suppress(OSError):
        # Of a TLS connection the raw socket's end: whoever is beyond asks no second question on it.
        sink.shutdown(socket.SHUT_WR)
