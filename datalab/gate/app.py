"""What answers on the gate's port: forward-auth, the event streams, and whether it lives."""

import structlog
from django.db import Error as DatabaseTrouble

from datalab.gate.addresses import AUTH, HEALTH
from datalab.gate.asgi import Answer, App, Receive, Scope, Send
from datalab.gate.forward_auth import Asked, ForwardAuth

_NO_DATABASE = {"code": "unavailable", "detail": "Datalab cannot look this up now. Try again."}

log = structlog.get_logger(__name__)


def gate_app(forward_auth: ForwardAuth, streams: App) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == AUTH:
            await (await _allowed(forward_auth, scope)).send(send)
        elif scope["path"] == HEALTH:
            await Answer.of_json(200, {"status": "ok"}).send(send)
        else:
            await streams(scope, receive, send)

    return app


async def _allowed(forward_auth: ForwardAuth, scope: Scope) -> Answer:
    try:
        return await forward_auth.answer(Asked.of(scope))
    except DatabaseTrouble as error:
        log.warning("database_failed", error=type(error).__name__)
        return Answer.of_json(503, _NO_DATABASE)
