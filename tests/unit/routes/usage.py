from datalab.accounts.reach import Verb
from datalab.launcher import metering
from datalab.usage.models import PriceVersion
from tests.unit.routes.rows import Least, Row
from tests.unit.routes.world import World


def used(world: World) -> dict[str, str]:
    metering.keep(world.service.pk)
    metering.keep(world.foreign_service.pk)
    return {"service_id": str(world.service.pk)}


def unpriced(_world: World) -> None:
    PriceVersion.objects.all().delete()


PRICES = {
    "valid_from": "2020-01-01",
    "currency": "EUR",
    "cpu_hour": "0.03",
    "memory_gib_hour": "0.004",
    "gpu_hour": "1.2",
    "storage_gib_month": "0.1",
}
ROWS = {
    "usage_read": Row(least=Least.VIEWER),
    "usage_export": Row(least=Least.VIEWER),
    # Its owner, who is a member, and admins.
    "usage_of_service": Row(least=Least.MEMBER, given=used, verb=Verb.READ),
    "usage_of_all": Row(least=Least.PLATFORM_ADMIN),
    "usage_of_all_export": Row(least=Least.PLATFORM_ADMIN),
    "prices_read": Row(least=Least.ANYBODY),
    "prices_change": Row(least=Least.PLATFORM_ADMIN, body=PRICES, given=unpriced),
}
