"""The whole table, and a value for each parameter of a path."""

from collections.abc import Mapping

from tests.unit.routes import (
    accounts,
    audit,
    catalog,
    launcher,
    monitoring,
    quotas,
    tenants,
    tokens,
    usage,
    vault,
)
from tests.unit.routes.audit import NO_WEBHOOK
from tests.unit.routes.rows import Row, Sample

ROWS: Mapping[str, Row] = {
    **accounts.ROWS,
    **audit.ROWS,
    **tenants.ROWS,
    **quotas.ROWS,
    **tokens.ROWS,
    **catalog.ROWS,
    **vault.ROWS,
    **usage.ROWS,
    **launcher.ROWS,
    **monitoring.ROWS,
}
MISSING_ID = "00000000-0000-4000-8000-000000000000"
SAMPLES: Mapping[str, Sample] = {
    "tenant": Sample(own=lambda world: world.acme.slug, missing="no-such-tenant"),
    "service": Sample(
        own=lambda world: str(world.service.pk),
        foreign=lambda world: str(world.foreign_service.pk),
        missing="00000000-0000-4000-8000-000000000000",
    ),
    "service_id": Sample(
        own=lambda world: str(world.service.pk),
        foreign=lambda world: str(world.foreign_service.pk),
        missing="00000000-0000-4000-8000-000000000000",
    ),
    "token_id": Sample(
        own=lambda world: str(world.token.pk),
        foreign=lambda world: str(world.foreign_token.pk),
        missing="00000000-0000-4000-8000-000000000000",
    ),
    "request_id": Sample(
        own=lambda _: "00000000-0000-4000-8000-000000000001",
        missing="00000000-0000-4000-8000-000000000000",
    ),
    "user": Sample(own=lambda _: "carol", foreign=lambda _: "mallory", missing="nobody"),
    "username": Sample(own=lambda _: "carol", missing="nobody"),
    "invitation_id": Sample(own=lambda _: MISSING_ID, missing=MISSING_ID),
    "rule_id": Sample(own=lambda _: MISSING_ID, missing=MISSING_ID),
    "catalog": Sample(own=lambda _: "datalab", missing="none"),
    "chart": Sample(own=lambda _: "jupyter", missing="none"),
    "webhook": Sample(own=lambda _: NO_WEBHOOK, missing=NO_WEBHOOK),
    "delivery": Sample(own=lambda _: "1", missing="999999999"),
    "path": Sample(own=lambda _: "db"),
}
