"""Calls an operation as somebody, and leaves everything as it was."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from rest_framework.test import APIClient

from tests.unit.routes.rows import Row, Who
from tests.unit.routes.schema import Operation
from tests.unit.routes.table import SAMPLES
from tests.unit.routes.world import World, refill_outside

BACKEND = "datalab.accounts.oidc.SignInBackend"
PEOPLE = {
    Who.VIEWER: "carol",
    Who.MEMBER: "bob",
    Who.ADMIN: "alice",
    Who.OTHER_ADMIN: "mallory",
    Who.PLATFORM_ADMIN: "root",
}


@dataclass(frozen=True, kw_only=True)
class Said:
    status: int
    body: Any


class Asking:
    """One row, asked of one world."""

    def __init__(self, world: World, operation: Operation, row: Row) -> None:
        self._world = world
        self._operation = operation
        self._row = row

    def as_(self, who: Who, **changed: str) -> Said:
        """Signed in at the page. `changed` are values of the path."""
        with transaction.atomic():
            client = APIClient(HTTP_HOST="localhost")
            if who is not Who.ANONYMOUS:
                client.force_login(self._world.user(PEOPLE[who]), backend=BACKEND)
            said = self._ask(client, changed)
            transaction.set_rollback(True)
        return said

    def with_token(self, token: str, **changed: str) -> Said:
        with transaction.atomic():
            client = APIClient(HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"Bearer {token}")
            said = self._ask(client, changed)
            transaction.set_rollback(True)
        return said

    def _ask(self, client: APIClient, changed: Mapping[str, str]) -> Said:
        refill_outside(self._world)
        given = self._row.given(self._world) if self._row.given else None
        operation = self._operation
        samples = {name: SAMPLES[name].own(self._world) for name in operation.parameters}
        path = operation.path.format(**samples | dict(given or {}) | dict(changed))
        body = self._row.body(self._world) if callable(self._row.body) else self._row.body
        call = getattr(client, operation.method)
        if operation.method == "get":
            answer = call(path + self._row.query)
        else:
            answer = call(path + self._row.query, body, format="json")
        return Said(status=answer.status_code, body=_read(answer.getvalue()))


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content
