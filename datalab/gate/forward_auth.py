"""Traefik asks before each request to a tool: may it go on, and with which headers?"""

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.utils.timezone import now

from datalab.accounts.models import digest_of
from datalab.core.errors import DatalabError, NotSignedIn
from datalab.gate import cookies, pages, tickets
from datalab.gate.asgi import Answer, HeaderPairs, Scope, caller_of, header
from datalab.gate.hosts import label_of
from datalab.gate.passes import redeem
from datalab.gate.pool import Pool
from datalab.gate.recall import Recall
from datalab.gate.refusals import Refusal, note_refusal
from datalab.gate.rights import (
    Entry,
    enter_with_pass,
    enter_with_token,
    is_our_token,
    standing_of,
)
from datalab.launcher.lifecycle import Wanted

RESERVED = "/_datalab/"
CALLBACK = RESERVED + "callback"
STATE_FOR = 1800
"""Seconds in which somebody may sign in on the way to a tool."""
_STATE = re.compile(r"[-_A-Za-z0-9]{43}")
_SAFE = {"GET", "HEAD", "OPTIONS"}
_USED_UP = "This link was used, has expired, or belongs to another browser. Open the tool again."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The request that somebody wants to make, as Traefik tells it."""

    method: str
    host: str
    uri: str
    cookie: str = ""
    authorization: str = ""
    origin: str = ""
    fetch_site: str = ""
    fetch_mode: str = ""
    fetch_dest: str = ""
    accept: str = ""
    upgrade: bool = False
    address: str = ""

    @classmethod
    def of(cls, scope: Scope) -> Self:
        return cls(
            method=header(scope, b"x-forwarded-method"),
            host=header(scope, b"x-forwarded-host"),
            uri=header(scope, b"x-forwarded-uri"),
            cookie=header(scope, b"cookie", joined_by="; "),
            authorization=header(scope, b"authorization"),
            origin=header(scope, b"origin"),
            fetch_site=header(scope, b"sec-fetch-site"),
            fetch_mode=header(scope, b"sec-fetch-mode"),
            fetch_dest=header(scope, b"sec-fetch-dest"),
            accept=header(scope, b"accept"),
            # Traefik takes `Upgrade` away before it asks.
            upgrade=bool(header(scope, b"sec-websocket-key")),
            address=caller_of(scope),
        )

    @property
    def path(self) -> str:
        return self.uri.partition("?")[0]

    @property
    def bearer(self) -> str:
        """Our token, or an empty text: any other authorization is the tool's."""
        scheme, _, token = self.authorization.partition(" ")
        token = token.strip()
        return token if scheme.lower() == "bearer" and is_our_token(token) else ""

    @property
    def tool_pass(self) -> str:
        return cookies.read(self.cookie, cookies.TOOL)

    @property
    def is_navigation(self) -> bool:
        """Somebody goes there, as opposed to a script or an image that fetches."""
        return self.method == "GET" and not self.upgrade and self.fetch_mode in {"", "navigate"}

    @property
    def wants_html(self) -> bool:
        return self.method in {"GET", "HEAD"} and "text/html" in self.accept

    @property
    def may_be_recalled(self) -> bool:
        return self.method in {"GET", "HEAD"} and not self.upgrade


def comes_from_elsewhere(asked: Asked, own: str) -> bool:
    """Whether another origin makes the browser ask. In production all tools are one site.

    Scripts send neither header, and a token is nothing that a browser adds by itself.
    """
    if asked.origin and asked.origin != own and (asked.upgrade or asked.method not in _SAFE):
        return True
    if asked.fetch_site in {"", "same-origin", "none"}:
        return False
    opens_a_tab = asked.is_navigation and asked.fetch_dest in {"", "document"}
    return not opens_a_tab and not asked.bearer


class ForwardAuth:
    def __init__(
        self,
        *,
        pool: Pool,
        aside: Pool,
        office: tickets.TicketOffice,
        portal: str,
        domain: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`portal` is the page's origin, tools live below `domain`.

        `aside` writes refusals down; nobody who may enter waits for its threads.
        """
        self._pool = pool
        self._aside = aside
        self._office = office
        self._portal = portal
        self._domain = domain
        self._clock = clock
        self._recall: Recall[Entry] = Recall()

    async def answer(self, asked: Asked) -> Answer:
        label = label_of(asked.host, self._domain)
        if label is None:
            return Answer.of_json(421, {"code": "misdirected", "detail": "No tool has this name."})
        own = f"{urlsplit(self._portal).scheme}://{asked.host}"
        if asked.path.startswith(RESERVED):
            return await self._callback(asked, label, own)
        if comes_from_elsewhere(asked, own):
            detail = "This request was made by a page of another origin."
            if asked.tool_pass:
                await self._told(asked, label, 403, "wrong_origin")
            return Answer.of_json(403, {"code": "wrong_origin", "detail": detail})
        try:
            entry = await self._entry(asked, label)
        except DatalabError as error:
            return await self._refused(asked, label, error)
        if entry is None:
            return await self._not_known(asked, label)
        if entry.wanted is not Wanted.RUNNING:
            return await self._at_rest(asked, label, entry)
        return self._allowed(asked, entry)

    async def _entry(self, asked: Asked, label: str) -> Entry | None:
        secret, token = asked.tool_pass, asked.bearer
        if not token and not secret:
            return None

        async def look_up() -> Entry | None:
            if token:
                return await self._pool.run(
                    enter_with_token, label, token, now(), address=asked.address
                )
            return await self._pool.run(enter_with_pass, label, secret, now())

        if not asked.may_be_recalled:
            return await look_up()
        return await self._recall.get((label, token or secret), look_up)

    def _allowed(self, asked: Asked, entry: Entry) -> Answer:
        """What is left out here, Traefik takes out of the request."""
        kept = cookies.without(asked.cookie, cookies.OURS)
        headers: HeaderPairs = (
            (tickets.HEADER, self._office.issue(entry.ticket, at=self._clock())),
            ("X-Datalab-User", entry.ticket.username),
        )
        if kept:
            headers = (*headers, ("Cookie", kept))
        if asked.authorization and not asked.bearer:
            headers = (*headers, ("Authorization", asked.authorization))
        return Answer(status=200, headers=headers)

    async def _refused(self, asked: Asked, label: str, error: DatalabError) -> Answer:
        await self._told(asked, label, error.http_status, error.code)
        if isinstance(error, NotSignedIn):
            return Answer.of_error(error)
        return _shown(pages.refused(error), asked)

    async def _at_rest(self, asked: Asked, label: str, entry: Entry) -> Answer:
        standing = await self._pool.run(standing_of, entry.ticket.right.service)
        page = pages.not_reachable(standing)
        if standing is not None and standing.suspended:
            await self._told(asked, label, page.status, page.code)
        return _shown(page, asked)

    async def _not_known(self, asked: Asked, label: str) -> Answer:
        """A browser is on its way to sign in, and the page notes it if it refuses: see door.py."""
        if asked.tool_pass and asked.fetch_mode != "navigate":
            await self._told(asked, label, NotSignedIn.http_status, NotSignedIn.code)
        return self._bounced(asked, label)

    async def _told(self, asked: Asked, label: str, status: int, code: str) -> None:
        """Somebody who showed something was refused: for the audit."""
        refusal = Refusal(
            label=label,
            method=asked.method,
            status=status,
            code=code,
            address=asked.address,
            token=asked.bearer,
            secret=asked.tool_pass,
        )
        try:
            await self._aside.run(note_refusal, refusal, now())
        except DatabaseTrouble as error:
            # It stays refused.
            log.warning("refusal_not_noted", error=type(error).__name__)

    def _bounced(self, asked: Asked, label: str) -> Answer:
        """By way of the page, which knows who it is; its answer comes back to the callback."""
        if not asked.is_navigation:
            return Answer.of_error(NotSignedIn("Open the tool in Datalab, or send a token."))
        # Several tabs of one tool may be on their way at once: they share what ties them.
        state = cookies.read(asked.cookie, cookies.STATE)
        if not _STATE.fullmatch(state):
            state = secrets.token_urlsafe(32)
        query = urlencode({"service": label, "back": asked.uri, "state": digest_of(state)})
        cookie = cookies.issued(cookies.STATE, state, seconds=STATE_FOR)
        return _redirect(f"{self._portal}/open?{query}", cookie)

    async def _callback(self, asked: Asked, label: str, own: str) -> Answer:
        if asked.path != CALLBACK or asked.method != "GET":
            return _shown(pages.nothing_here(), asked)
        code = parse_qs(urlsplit(asked.uri).query).get("code", [""])[0]
        state = cookies.read(asked.cookie, cookies.STATE)
        opened = await self._pool.run(redeem, code=code, state=state, label=label, at=now())
        if opened is None:
            if code:
                await self._told(asked, label, 403, "door_code_refused")
            page = pages.Page(
                status=403,
                code="door_code_refused",
                title="This door is shut",
                text=_USED_UP,
                origin=self._portal,
            )
            return _shown(page, asked)
        lasting = settings.SESSION_COOKIE_AGE
        cookie = cookies.issued(cookies.TOOL, opened.secret, seconds=lasting)
        return _redirect(own + opened.back, cookie)


def _redirect(location: str, cookie: str) -> Answer:
    return Answer(
        status=302,
        headers=(
            ("Location", location),
            ("Set-Cookie", cookie),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
        ),
    )


def _shown(page: pages.Page, asked: Asked) -> Answer:
    headers, body = page.answer(wants_html=asked.wants_html)
    return Answer(status=page.status, headers=headers, body=body)
