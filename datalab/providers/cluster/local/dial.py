"""A connection to a tool: made inside the tool's own network, so no port of this machine has it."""

import asyncio
import json
import socket
from functools import cache
from pathlib import Path

from django.conf import settings

from datalab.core.errors import ProviderError, ProviderRefused, ProviderUnavailable
from datalab.core.paths import socket_path
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.local.agent.spawning import settle
from datalab.providers.cluster.local.client import checked

TIMEOUT = 5.0


async def dial(ref: ReleaseRef, *, agent: Path | None = None) -> socket.socket:
    """A connected, non-blocking TCP socket to the tool's port; the caller closes it.

    ProviderRefused where the tool does not run or does not accept, ProviderUnavailable where the
    agent does not answer. `agent` is where to ask, the platform's own agent if None.
    """
    made: socket.socket | None = None
    try:
        async with asyncio.timeout(TIMEOUT):
            made, port = await _socket_for(ref, agent or _agent())
            await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", port))
    except (OSError, TimeoutError, asyncio.CancelledError, ProviderError) as error:
        if made is not None:
            made.close()
        if isinstance(error, ConnectionRefusedError) and made is not None:
            raise ProviderRefused("The tool does not answer yet.", provider="cluster") from error
        if isinstance(error, OSError):
            raise ProviderUnavailable("The tool cannot be reached.", provider="cluster") from error
        raise
    return made


async def _socket_for(ref: ReleaseRef, agent: Path) -> tuple[socket.socket, int]:
    loop = asyncio.get_running_loop()
    question = {"do": "dial", "namespace": ref.namespace, "name": ref.name}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        asked.setblocking(False)
        await loop.sock_connect(asked, str(agent))
        await loop.sock_sendall(asked, json.dumps(question).encode() + b"\n")
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(asked, settle, ready)
        try:
            await ready
        finally:
            loop.remove_reader(asked)
        answer, descriptors, _, _ = socket.recv_fds(asked, 65536, 1)
    if not answer:
        raise ConnectionResetError("the agent went away")
    port = checked(json.loads(answer))["port"]
    made = socket.socket(fileno=descriptors[0])
    made.setblocking(False)
    return made, int(port)


@cache
def _agent() -> Path:
    options = settings.PROVIDERS["cluster"].get("options", {})
    return Path(options["agent"]) if "agent" in options else socket_path("agent.sock")
