"""More rows of everything that the API lists, all of them root's or acme's."""

from datetime import timedelta
from uuid import uuid4

from django.utils.timezone import now

from datalab.accounts.models import StoredRule, User
from datalab.accounts.notifications import notify
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.audit.webhook import Delivery, Webhook
from datalab.launcher.models import Revision
from datalab.quotas.models import QuotaRequest
from datalab.tenants.models import FormerTenant, Invitation, KeptOut, Membership
from tests.conftest import make_tenant, make_user
from tests.unit.routes.world import World, make_service, make_token

OF_THE_INSTALLATION = {"catalogs_list", "charts_list", "audit_types"}
"""Lists that no row of the database makes longer."""


def add_many(world: World, start: int, stop: int) -> None:
    """Numbered from `start` to before `stop`, so that more can be added later."""
    root = User.objects.get(username="root")
    for number in range(start, stop):
        member = make_user(f"member-{number:03}")
        Membership.objects.create(tenant=world.acme, user=member, role="member")
        tool = make_service(world.acme, member, f"tool-{number:03}")
        for of, numbered in ((tool, 1), (world.service, number + 1)):
            Revision.objects.create(
                service=of, number=numbered, at=now(), by="bob", change="changed", version="1.0.0"
            )
        away = make_user(f"away-{number:03}")
        KeptOut.objects.create(tenant=world.acme, user=away, by="alice")
        StoredRule.objects.create(pattern=f"g{number}", tenant="acme", role="viewer")
        Invitation.objects.create(
            tenant=world.acme,
            email=f"guest-{number}@acme.test",
            role="viewer",
            digest=f"{number}",
            invited_by=member,
            expires_at=now() + timedelta(days=1),
        )
        other = make_tenant(f"unit-{number:03}")
        Membership.objects.create(tenant=other, user=member, role="admin")
        make_service(other, member, f"tool-{number:03}")
        QuotaRequest.objects.create(
            tenant=world.acme, user=member, scope="tenant", wanted={"cpu": 1}, reason="more"
        )
        FormerTenant.objects.create(
            id=uuid4(),
            slug=f"gone-{number}",
            display_name="Gone",
            kind="portfolio_company",
            created_at=now(),
            deleted_at=now(),
        )
        notify([root], title=f"News {number}")
        make_token(root, f"dl_of-root-{number:03}")
        make_token(member, f"dl_of-member-{number:03}", tenants=[world.acme])
        webhook = Webhook.objects.create(
            url=f"https://siem.example/{number}", tenant_id=other.pk, created_by="root"
        )
        first = Webhook.objects.order_by("created_at").first() or webhook
        Delivery.objects.create(webhook=first, type="member.added", body={})
        record(
            EventType.MEMBER_ADDED, actor="alice", tenant_id=world.acme.id, member=str(member.pk)
        )
