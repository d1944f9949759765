"""A connection into a tool's own network, as the gate has it, for a program without a loop."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datalab.providers.cluster.base import ReleaseRef


@contextmanager
def dialled(agent: Path, ref: ReleaseRef) -> Iterator[socket.socket]:
    question = {"do": "dial", "namespace": ref.namespace, "name": ref.name}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        asked.connect(str(agent))
        asked.sendall(json.dumps(question).encode() + b"\n")
        answer, descriptors, _, _ = socket.recv_fds(asked, 65536, 1)
    with socket.socket(fileno=descriptors[0]) as made:
        made.setblocking(True)
        made.connect(("127.0.0.1", json.loads(answer)["port"]))
        yield made
