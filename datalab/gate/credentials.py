"""Keys of the tenant's bucket for a running tool, in the form that S3 libraries ask for and renew.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
On one machine tools reach this through their sandbox's agent only, on a Unix socket, with a token
that the platform gave them. On a cluster through the relay in their pod, over TLS, with the pod's
own service account token, of which the cluster is asked. Nothing here is logged.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.timezone import now

from datalab.accounts.models import digest_of
from datalab.core.errors import NotSignedIn, ProviderError
from datalab.gate.asgi import Answer, Receive, Scope, Send, header
from datalab.gate.pool import Pool
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service, ServiceCredential
from datalab.providers import registry
from datalab.providers.objects.base import Credentials
from datalab.providers.workloads.base import Workload, WorkloadIdentity

PATH = "/v1/credentials"
VALID_FOR = timedelta(hours=1)
RENEW_AFTER = VALID_FOR / 2
LEAST_LEFT = timedelta(minutes=20)
"""Below 15 minutes botocore asks anew for every single call."""


_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    service: UUID
    bucket: str


@dataclass(slots=True)
class _Kept:
    """What one service has got. The lock: of many calls at once, one fetches."""

    lock: asyncio.Lock
    credentials: Credentials | None = None
    issued_at: datetime = _NEVER


class CredentialsDesk:
    def __init__(
        self,
        pool: Pool,
        *,
        outside: Pool,
        workloads: WorkloadIdentity | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`outside` may wait for the object store, and for the cluster where tools are pods."""
        self._pool = pool
        self._outside = outside
        self._workloads = workloads
        self._clock = clock
        self._kept: dict[Holder, _Kept] = {}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != PATH or scope["method"] != "GET":
            await Answer.of_json(404, {"code": "not_found", "detail": "Nothing here."}).send(send)
            return
        await (await self.answer(header(scope, b"authorization").strip())).send(send)

    async def answer(self, token: str) -> Answer:
        try:
            holder = await self._holder(token)
            if holder is None:
                return Answer.of_error(NotSignedIn("This token belongs to no running service."))
            return Answer.of_json(200, _as_sdks_read_it(await self._credentials(holder)))
        except ProviderError as error:
            return Answer.of_error(error)

    async def _holder(self, token: str) -> Holder | None:
        """Where tools are pods they are given no token of ours, and none of ours is good."""
        if self._workloads is None:
            return await self._pool.run(holder_of, token)
        workload = await self._outside.run(self._workloads.whose, token)
        return await self._pool.run(holder_in, workload) if workload else None

    async def _credentials(self, holder: Holder) -> Credentials:
        kept = self._kept.setdefault(holder, _Kept(asyncio.Lock()))
        async with kept.lock:
            at = self._clock()
            left = kept.credentials.expires_at - at if kept.credentials else timedelta()
            if kept.credentials and at - kept.issued_at < RENEW_AFTER and left > LEAST_LEFT:
                return kept.credentials
            try:
                kept.credentials = await self._outside.run(_issue, holder)
            except ProviderError:
                if kept.credentials is None or left <= LEAST_LEFT:
                    raise
            else:
                kept.issued_at = at
                self._forget_old(at)
            return kept.credentials

    def _forget_old(self, at: datetime) -> None:
        for holder, kept in list(self._kept.items()):
            if not kept.lock.locked() and at - kept.issued_at > VALID_FOR:
                del self._kept[holder]


def holder_of(token: str) -> Holder | None:
    """The service whose token it is, as long as it is meant to run."""
    row = (
        ServiceCredential.objects.filter(
            digest=digest_of(token), service__wanted=Wanted.RUNNING.value
        )
        .values_list("service_id", "service__tenant__bucket")
        .first()
    )
    return Holder(service=row[0], bucket=row[1]) if row else None


def holder_in(workload: Workload) -> Holder | None:
    """The service of that tenant whose release has that account, as long as it is meant to run.

    A release brings the account that is called like it, and no pod of another one acts as it: see
    catalog.pods.
    """
    row = (
        Service.objects.filter(
            tenant__namespace=workload.namespace,
            name=workload.account,
            wanted=Wanted.RUNNING.value,
        )
        .values_list("id", "tenant__bucket")
        .first()
    )
    return Holder(service=row[0], bucket=row[1]) if row else None


def _issue(holder: Holder) -> Credentials:
    return registry.object_store().issue_credentials(
        holder.bucket, session=f"service-{holder.service}", valid_for=VALID_FOR
    )


def _as_sdks_read_it(credentials: Credentials) -> dict[str, Any]:
    until = credentials.expires_at.astimezone(UTC)
    return {
        "AccessKeyId": credentials.access_key,
        "SecretAccessKey": credentials.secret_key,
        "Token": credentials.session_token,
        "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
