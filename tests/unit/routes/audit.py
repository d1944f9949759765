from datalab.audit.webhook import Delivery, Webhook
from tests.unit.routes.rows import Least, Row
from tests.unit.routes.world import World

NO_WEBHOOK = "00000000-0000-4000-8000-000000000000"


def a_webhook(world: World) -> dict[str, str]:
    row = Webhook.objects.order_by("created_at").first() or Webhook.objects.create(
        url="https://siem.example/events", tenant_id=world.acme.pk, created_by="root"
    )
    return {"webhook": str(row.pk)}


def a_failed_delivery(world: World) -> dict[str, str]:
    found = a_webhook(world)
    row = Delivery.objects.create(
        webhook_id=found["webhook"], type="member.added", body={}, attempts=3
    )
    return {**found, "delivery": str(row.pk)}


ROWS = {
    "audit_list": Row(least=Least.ADMIN),
    "audit_export": Row(least=Least.ADMIN),
    "audit_types": Row(least=Least.ANYBODY),
    "platform_audit_list": Row(least=Least.PLATFORM_ADMIN),
    "platform_audit_export": Row(least=Least.PLATFORM_ADMIN),
    "webhooks_list": Row(least=Least.PLATFORM_ADMIN),
    "webhooks_add": Row(
        least=Least.PLATFORM_ADMIN, body={"url": "https://siem.example/events", "types": []}
    ),
    "webhooks_change": Row(least=Least.PLATFORM_ADMIN, body={"enabled": False}, given=a_webhook),
    "webhooks_remove": Row(least=Least.PLATFORM_ADMIN, given=a_webhook),
    "webhooks_replace_secret": Row(least=Least.PLATFORM_ADMIN, given=a_webhook),
    "webhooks_send_again": Row(least=Least.PLATFORM_ADMIN, given=a_failed_delivery),
    "webhooks_test": Row(least=Least.PLATFORM_ADMIN, given=a_webhook),
    "webhooks_deliveries": Row(least=Least.PLATFORM_ADMIN, given=a_webhook),
    "acting_start": Row(
        for_the_page=True,
        least=Least.PLATFORM_ADMIN,
        body={"username": "bob", "reason": "ticket 4711: his notebook waits", "minutes": 30},
    ),
    "acting_stop": Row(least=Least.ANYBODY, for_the_page=True),
}
