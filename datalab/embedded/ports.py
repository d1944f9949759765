"""Ports of the parts behind the front door: drawn once, kept, drawn again where somebody took one."""

import json
import random
import socket
from collections.abc import Mapping
from pathlib import Path

from datalab.embedded.installation import read_json, write_private

NAMES = ("portal", "gate", "relay", "openbao", "s3", "worker")
# Below what Linux hands out for outgoing connections (32768 and up): those could be taken at a restart.
_RANGE = range(20000, 32768)
_TRIES = 1000


def choose_ports(file: Path) -> Mapping[str, int]:
    """A free port for each name. Call it only while the platform does not run."""
    kept = read_json(file)
    chosen: dict[str, int] = {}
    for name in NAMES:
        before = kept.get(name)
        usable = isinstance(before, int) and before not in chosen.values() and is_free(before)
        chosen[name] = int(str(before)) if usable else _draw(set(chosen.values()))
    write_private(file, json.dumps(chosen))
    return chosen


def kept_ports(file: Path) -> Mapping[str, int]:
    """Those of a running platform; 0 for a part that it does not have, started by older code."""
    kept = read_json(file)
    return {name: int(kept.get(name, 0)) for name in NAMES}


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True


def _draw(taken: set[int]) -> int:
    for _ in range(_TRIES):
        port = random.choice(_RANGE)  # noqa: S311 - a port is no secret
        if port not in taken and is_free(port):
            return port
    raise SystemExit("No free port between 20000 and 32767 on 127.0.0.1.")
