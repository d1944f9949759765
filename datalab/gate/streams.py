"""Server-sent events: what happens to services, and what they write.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import contextlib
import json
import re
from collections import deque
from collections.abc import AsyncGenerator, Sequence

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.utils.timezone import now

from datalab.core.errors import DatalabError, ProviderError
from datalab.gate import cookies
from datalab.gate.asgi import Answer, Receive, Scope, Send, caller_of, header
from datalab.gate.feed import AT_ONCE, Feed, Happening, happenings_after, newest
from datalab.gate.pool import Pool
from datalab.gate.refusals import note_watcher
from datalab.gate.sweeping import Sweep
from datalab.gate.tail import Tail
from datalab.gate.watching import (
    Watch,
    Watched,
    Watcher,
    still_watching,
    watched_by,
    watcher_of,
)
from datalab.providers import registry
from datalab.providers.cluster.base import ReleaseRef

ALIVE_EVERY = 15.0
RETRY_AFTER_MS = 2000
LOOK_AT_LOGS_EVERY = 0.5
FIRST_LINES = 500
MOST_STREAMS = 1000
MOST_FOLLOWERS = 50
"""Followers of logs: each asks the runtime twice a second."""
_WAITING = 256
"""Happenings that a slow reader may have before it; with more it reads from the database again."""
_PATH = re.compile(
    r"/api/v1/tenants/(?P<tenant>[^/]+)(?:/services/(?P<service>[^/]+))?/(?P<what>events|logs/follow)"
)
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
_BUSY = {"code": "too_many_streams", "detail": "Too many streams are open; close some first."}
_ALIVE = b": alive\n\n"

Chunks = AsyncGenerator[bytes, None]

log = structlog.get_logger(__name__)


class Stream:
    """One open answer."""

    def __init__(self, watch: Watch, watched: Watched) -> None:
        self.watch = watch
        self.watched = watched
        self.ended = asyncio.Event()
        self.news = asyncio.Event()
        self.waiting: deque[Happening] = deque()
        self.missed = False

    def offer(self, happened: Sequence[Happening]) -> None:
        mine = [one for one in happened if self._concerns(one)]
        self.waiting.extend(mine)
        if len(self.waiting) > _WAITING:
            self.waiting.clear()
            self.missed = True
        if mine:
            self.news.set()

    def _concerns(self, one: Happening) -> bool:
        if one.tenant != self.watched.tenant:
            return False
        return self.watched.service in {None, one.service}


class Streams:
    def __init__(self, pool: Pool, *, outside: Pool, aside: Pool) -> None:
        """`outside` may wait for the runtime, and nothing else waits for its threads.

        `aside` writes refusals down; nobody who may watch waits for it.
        """
        self._pool = pool
        self._outside = outside
        self._aside = aside
        self._open: set[Stream] = set()
        self._followers = 0

    @property
    def rights(self) -> set[Watch]:
        return {stream.watch for stream in self._open}

    def cut(self, ended: set[Watch]) -> None:
        for stream in self._open:
            if stream.watch in ended:
                stream.ended.set()

    async def forever(self) -> None:
        """Reads the database for all streams and ends those whose right has ended."""
        loop = asyncio.get_running_loop()
        feed = Feed(lambda happened: _into(loop, self, happened))
        feed.start()
        try:
            await Sweep(self, self._still_good).forever()
        finally:
            feed.close()

    def close(self) -> None:
        for stream in self._open:
            stream.ended.set()

    def offer(self, happened: Sequence[Happening]) -> None:
        for stream in self._open:
            stream.offer(happened)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """404 for all but the streams' addresses."""
        matched = _PATH.fullmatch(scope["path"])
        if matched is None or scope["method"] != "GET":
            await Answer.of_json(404, {"code": "not_found", "detail": "Nothing here."}).send(send)
            return
        try:
            stream = await self._admitted(scope, matched)
            last = await self._last_id(scope)
        except DatalabError as error:
            await Answer.of_error(error).send(send)
            return
        except DatabaseTrouble as error:
            log.warning("database_failed", error=type(error).__name__)
            await Answer.of_json(503, {"code": "unavailable", "detail": "Try again."}).send(send)
            return
        if matched["what"] == "events":
            await self._run(stream, self._events(stream, last), receive, send)
        else:
            await self._follow(stream, receive, send)

    async def _still_good(self, watches: set[Watch]) -> set[Watch]:
        return await self._pool.run(still_watching, watches, now())

    async def _admitted(self, scope: Scope, asked: re.Match[str]) -> Stream:
        cookie = header(scope, b"cookie", joined_by="; ")
        bearer, address = _bearer(header(scope, b"authorization")), caller_of(scope)
        watcher: Watcher | None = None
        try:
            watcher = await self._pool.run(
                watcher_of,
                session=cookies.read(cookie, settings.SESSION_COOKIE_NAME),
                bearer=bearer,
                at=now(),
                address=address,
            )
            watched = await self._pool.run(
                watched_by, watcher, asked["tenant"], asked["service"] or ""
            )
        except DatalabError as error:
            await self._aside.run(
                note_watcher,
                error,
                route=_route_of(asked),
                user=None if watcher is None else watcher.user,
                bearer=bearer,
                address=address,
                at=now(),
            )
            raise
        return Stream(Watch(watcher=watcher, tenant=watched.tenant), watched)

    async def _follow(self, stream: Stream, receive: Receive, send: Send) -> None:
        ref = stream.watched.ref
        if ref is None or self._followers >= MOST_FOLLOWERS:
            await Answer.of_json(429, _BUSY).send(send)
            return
        self._followers += 1
        try:
            await self._run(stream, self._lines(ref), receive, send)
        finally:
            self._followers -= 1

    async def _run(self, stream: Stream, chunks: Chunks, receive: Receive, send: Send) -> None:
        """Until the reader goes away, or its right does."""
        if len(self._open) >= MOST_STREAMS:
            await Answer.of_json(429, _BUSY).send(send)
            return
        self._open.add(stream)
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        tasks = [
            asyncio.create_task(_write(chunks, send)),
            asyncio.create_task(_gone(receive)),
            asyncio.create_task(_wait(stream.ended)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(stream)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await chunks.aclose()
        await _finished(send)

    async def _last_id(self, scope: Scope) -> int:
        """Read before the answer begins: what happens once it has begun is never left out."""
        text = header(scope, b"last-event-id")
        if text.isdecimal() and len(text) < 19:
            return int(text)
        return await self._pool.run(newest)

    async def _events(self, stream: Stream, last: int) -> Chunks:
        """First what was missed since `last`, then what happens."""
        yield b"retry: %d\n\n" % RETRY_AFTER_MS
        stream.missed = True
        while True:
            if stream.missed:
                stream.missed = False
                async for one in self._missed(stream, last):
                    last = one.id
                    yield _event(one)
            while stream.waiting:
                one = stream.waiting.popleft()
                if one.id > last:
                    last = one.id
                    yield _event(one)
            if not stream.missed and not await _within(stream.news, ALIVE_EVERY):
                yield _ALIVE
            stream.news.clear()

    async def _missed(self, stream: Stream, last: int) -> AsyncGenerator[Happening, None]:
        while True:
            watched = stream.watched
            found = await self._pool.run(
                happenings_after, last, tenant=watched.tenant, service=watched.service
            )
            for one in found:
                last = one.id
                yield one
            if len(found) < AT_ONCE:
                return

    async def _lines(self, ref: ReleaseRef) -> Chunks:
        """`event: log`, data `{"lines": […]}`."""
        yield b"retry: %d\n\n" % RETRY_AFTER_MS
        tail, silent = Tail(), 0.0
        while True:
            fresh = tail.feed(await self._outside.run(_log_of, ref))
            if fresh:
                silent = 0.0
                yield _message("log", json.dumps({"lines": fresh}))
            elif silent >= ALIVE_EVERY:
                silent = 0.0
                yield _ALIVE
            await asyncio.sleep(LOOK_AT_LOGS_EVERY)
            silent += LOOK_AT_LOGS_EVERY


def _route_of(asked: re.Match[str]) -> str:
    """Without names, as the OpenAPI schema writes addresses."""
    service = "/services/{service}" if asked["service"] else ""
    return f"/api/v1/tenants/{{tenant}}{service}/{asked['what']}"


def _into(loop: asyncio.AbstractEventLoop, streams: Streams, happened: Sequence[Happening]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(streams.offer, happened)


def _log_of(ref: ReleaseRef) -> str:
    return registry.cluster_runtime().logs(ref, tail=FIRST_LINES)


async def _write(chunks: Chunks, send: Send) -> None:
    """Ends where the source does: the reader comes back by itself, with the id of what it has."""
    try:
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except (DatabaseTrouble, ProviderError) as error:
        log.warning("stream_interrupted", error=type(error).__name__)


async def _finished(send: Send) -> None:
    """A reader that doesn't read is not waited for."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(send({"type": "http.response.body", "body": b""}), 1)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _event(one: Happening) -> bytes:
    return b"id: %d\n" % one.id + _message("service", one.data)


def _message(name: str, data: str) -> bytes:
    """`data` is JSON, so it has no line break of its own."""
    return f"event: {name}\ndata: {data}\n\n".encode()


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
