"""Every error the platform raises on purpose.

DatalabError
├── InvalidInput            400  the caller can fix the request
├── NotSignedIn             401
├── NotAllowed              403  a member, but not in this role
├── NotFound                404  also "exists, but not yours"
│   └── OutOfReach          404  somebody knocked at a tenant that is not theirs
├── Conflict                409  not possible in the current state
│   ├── QuotaExceeded       409
│   └── TenantSuspended     409  nothing changes in it until it is reactivated
├── DatabaseBusy            503  retryable: our own database does not answer in time
└── ProviderError           an external system said no, or said nothing
    ├── ProviderUnavailable 503  retryable: try again later
    └── ProviderRefused     502  permanent: the same call will fail again
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar
from uuid import UUID


class DatalabError(Exception):
    """`detail` is written for the person who asked: what to do, never a cause."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "detail": self.detail}


class InvalidInput(DatalabError):
    """`fields` maps a dotted path of the request to what is wrong there."""

    code = "invalid_input"
    http_status = 400

    def __init__(self, detail: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.fields = dict(fields or {})

    def body(self) -> dict[str, Any]:
        return {**super().body(), "fields": {path: [text] for path, text in self.fields.items()}}


class NotSignedIn(DatalabError):
    code = "not_signed_in"
    http_status = 401


class NotAllowed(DatalabError):
    code = "not_allowed"
    http_status = 403


class NotFound(DatalabError):
    code = "not_found"
    http_status = 404


class OutOfReach(NotFound):
    """Told like any NotFound, and written down as a denial. `tenant_id` None: there is none."""

    def __init__(self, detail: str, *, tenant_id: UUID | None) -> None:
        super().__init__(detail)
        self.tenant_id = tenant_id


class Conflict(DatalabError):
    code = "conflict"
    http_status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """One resource that a launch asks too much of. Quantities as in the API.

    `whose` limit it is: the tenant's, or the member's own.
    """

    resource: str
    whose: str
    limit: str | int
    used: str | int
    asked: str | int
    available: str | int


class QuotaExceeded(Conflict):
    code = "quota_exceeded"

    def __init__(self, detail: str, *, resources: Sequence[Shortage]) -> None:
        super().__init__(detail)
        self.resources = tuple(resources)

    def body(self) -> dict[str, Any]:
        return {**super().body(), "resources": [asdict(one) for one in self.resources]}


class TenantSuspended(Conflict):
    code = "tenant_suspended"


class DatabaseBusy(DatalabError):
    code = "database_busy"
    http_status = 503
    retryable = True


class ProviderError(DatalabError):
    """Raised only inside datalab.providers."""

    def __init__(self, detail: str, *, provider: str) -> None:
        super().__init__(detail)
        self.provider = provider


class ProviderUnavailable(ProviderError):
    code = "provider_unavailable"
    http_status = 503
    retryable = True


class ProviderRefused(ProviderError):
    code = "provider_refused"
    http_status = 502
