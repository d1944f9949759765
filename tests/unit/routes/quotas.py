from collections.abc import Mapping

from datalab.quotas.models import MemberQuota, QuotaRequest
from tests.unit.routes.rows import Least, Row, Who
from tests.unit.routes.world import World


def asked_by_bob(world: World) -> Mapping[str, str]:
    """An open request for his own limit, which there is."""
    bob = world.user("bob")
    MemberQuota.objects.create(tenant=world.acme, user=bob, limit_cpu=1000)
    row = QuotaRequest.objects.create(
        tenant=world.acme, user=bob, scope="member", wanted={"cpu": 1000}, reason="a model"
    )
    return {"request_id": str(row.pk)}


# Whoever asked withdraws; an admin refuses.
ONLY_WHO_ASKED = {Who.ADMIN: 404, Who.PLATFORM_ADMIN: 404}

ROWS = {
    "quota_read": Row(least=Least.VIEWER),
    "quota_change": Row(least=Least.PLATFORM_ADMIN, body={"limits": {"cpu": "4"}}),
    "quota_change_default": Row(least=Least.ADMIN, body={"limits": {"cpu": "4"}}),
    "quota_change_member": Row(least=Least.ADMIN, body={"limits": {"cpu": "4"}}),
    "quota_requests_list": Row(least=Least.VIEWER),
    "quota_requests_ask": Row(
        least=Least.MEMBER, body={"resources": {"cpu": "2"}, "reason": "a bigger model"}
    ),
    "quota_requests_withdraw": Row(least=Least.MEMBER, given=asked_by_bob, differs=ONLY_WHO_ASKED),
    "quota_requests_grant": Row(least=Least.ADMIN, given=asked_by_bob, body={}),
    "quota_requests_refuse": Row(least=Least.ADMIN, given=asked_by_bob, body={"answer": "No."}),
    "capacity_read": Row(least=Least.PLATFORM_ADMIN),
    "capacity_change": Row(least=Least.PLATFORM_ADMIN, body={"resources": {"cpu": "64"}}),
    "capacity_requests": Row(least=Least.PLATFORM_ADMIN),
}
