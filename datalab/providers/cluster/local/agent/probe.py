"""Is the tool ready? Asked from inside its own network."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)")

TakeSocket = Callable[[], Awaitable[socket.socket]]


async def problem_with(
    take: TakeSocket, *, port: int, path: str | None, timeout_s: float
) -> str | None:
    """None where it is ready: the port accepts and, with a path, answers 200 to 399."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _ask(take, port, path)
    except TimeoutError:
        return f"no answer within {timeout_s:g} s"
    except OSError as error:
        return f"port {port}: {error.strerror or error}"


async def _ask(take: TakeSocket, port: int, path: str | None) -> str | None:
    loop = asyncio.get_running_loop()
    one = await take()
    try:
        await loop.sock_connect(one, ("127.0.0.1", port))
        if path is None:
            return None
        request = (
            f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n"
            "User-Agent: datalab-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        )
        await loop.sock_sendall(one, request.encode())
        answer = await _first_line(loop, one)
    finally:
        one.close()
    matched = _STATUS_LINE.match(answer)
    if matched is None:
        return f"port {port} does not speak HTTP"
    status = int(matched[1])
    return None if 200 <= status < 400 else f"{path} answers {status}"


async def _first_line(loop: asyncio.AbstractEventLoop, one: socket.socket) -> bytes:
    answer = b""
    while b"\n" not in answer and len(answer) < 1024:
        piece = await loop.sock_recv(one, 1024)
        if not piece:
            break
        answer += piece
    return answer
