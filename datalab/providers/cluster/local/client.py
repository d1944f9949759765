"""Asking the agent, from any thread or process of the platform."""

import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.cluster.base import ReleaseRef

TIMEOUT = 10.0
_SILENCE = 10.0
"""The agent says something every 2 s: longer silence is its end."""


class AgentClient:
    """A connection per question. ProviderUnavailable where the agent does not answer."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ask(self, do: str, *, timeout_s: float = TIMEOUT, **fields: Any) -> dict[str, Any]:
        """ProviderRefused where the agent says why not."""
        line = json.dumps({"do": do, **fields}).encode() + b"\n"
        try:
            with self._connect(timeout_s) as connection:
                connection.sendall(line)
                answer = connection.makefile("rb").readline()
        except OSError as error:
            raise _silent() from error
        if not answer.endswith(b"\n"):
            raise _silent()
        return checked(json.loads(answer))

    def ask_about(self, ref: ReleaseRef, do: str, **fields: Any) -> dict[str, Any]:
        return self.ask(do, namespace=ref.namespace, name=ref.name, **fields)

    def changes(self) -> Iterator[ReleaseRef | None]:
        """Until the agent is gone: then ProviderUnavailable."""
        try:
            with self._connect(_SILENCE) as connection:
                connection.sendall(b'{"do": "subscribe"}\n')
                for line in connection.makefile("rb"):
                    heard = json.loads(line)
                    yield ReleaseRef(namespace=heard[0], name=heard[1]) if heard else None
        except OSError as error:
            raise _silent() from error
        raise _silent()

    def _connect(self, timeout_s: float) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout_s)
            connection.connect(str(self.path))
        except OSError:
            connection.close()
            raise
        return connection


def checked(answer: Mapping[str, Any]) -> dict[str, Any]:
    if "error" in answer:
        raise ProviderRefused(str(answer["error"]), provider="cluster")
    return dict(answer)


def _silent() -> ProviderUnavailable:
    return ProviderUnavailable("The local runtime's agent does not answer.", provider="cluster")
