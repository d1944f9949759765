from datetime import timedelta
from uuid import uuid4

from django.utils.timezone import now

from datalab.accounts.models import StoredRule, User, digest_of
from datalab.tenants.deletion import confirmation_of, what_goes
from datalab.tenants.models import Invitation, KeptOut, Tenant
from datalab.tenants.suspension import suspend_tenant
from tests.unit.routes.rows import Least, Row, Who
from tests.unit.routes.world import World


def carol_kept_out(world: World) -> None:
    carol = world.acme.memberships.get(role="viewer").user
    KeptOut.objects.get_or_create(tenant=world.acme, user=carol, defaults={"by": "alice"})


def acme_suspended(world: World) -> None:
    suspend_tenant(tenant=world.acme, reason="the invoice is open", by="root")


def to_be_deleted(world: World) -> None:
    Tenant.objects.filter(pk=world.acme.pk).update(
        wanted="removed", removal_step="retention", removal={"was": "suspended"}
    )


def confirmed(world: World) -> dict[str, str]:
    return {"confirmation": confirmation_of(world.acme, what_goes(world.acme), "root")}


RULE = {"pattern": "data-science", "tenant": "acme", "role": "member"}


def a_rule(world: World) -> dict[str, str]:
    row, _ = StoredRule.objects.get_or_create(**RULE, defaults={"changed_by": "root"})
    return {"rule_id": str(row.pk)}


def an_invitation(world: World) -> dict[str, str]:
    """Pending, for bob's verified address; its link ends in `token`."""
    User.objects.filter(username="bob").update(email="bob@acme.test", email_verified=True)
    Invitation.objects.all().delete()
    row = Invitation.objects.create(
        tenant=world.acme,
        email="bob@acme.test",
        role="viewer",
        digest=digest_of("token"),
        invited_by=world.user("alice"),
        expires_at=now() + timedelta(days=1),
    )
    return {"invitation_id": str(row.pk)}


# The invitation is for bob, the member.
ONLY_THE_INVITED = dict.fromkeys((Who.VIEWER, Who.ADMIN, Who.OTHER_ADMIN, Who.PLATFORM_ADMIN), 403)

ROWS = {
    "invitations_list": Row(least=Least.ADMIN),
    "invitations_create": Row(
        least=Least.ADMIN,
        body=lambda _: {"email": f"{uuid4().hex}@acme.test", "role": "member"},
    ),
    "invitations_revoke": Row(least=Least.ADMIN, given=an_invitation),
    "invitations_send_again": Row(least=Least.ADMIN, body={}, given=an_invitation),
    "invitations_accept": Row(
        least=Least.ANYBODY,
        body={"token": "token"},
        given=an_invitation,
        differs=ONLY_THE_INVITED,
        keeps_tokens=True,  # a narrow token does not widen what its owner is in
    ),
    "group_rules_list": Row(least=Least.PLATFORM_ADMIN),
    "group_rules_create": Row(least=Least.PLATFORM_ADMIN, body=RULE),
    "group_rules_change": Row(least=Least.PLATFORM_ADMIN, body={"role": "viewer"}, given=a_rule),
    "group_rules_delete": Row(least=Least.PLATFORM_ADMIN, given=a_rule),
    "group_rules_preview": Row(least=Least.PLATFORM_ADMIN, body={"rules": [RULE]}),
    "people_list": Row(least=Least.PLATFORM_ADMIN),
    "people_change": Row(least=Least.PLATFORM_ADMIN, body={"is_active": False}),
    "tenants_list": Row(least=Least.ANYBODY),
    "tenants_create": Row(least=Least.PLATFORM_ADMIN, body={"display_name": "Initech"}),
    "tenants_read": Row(least=Least.VIEWER),
    "tenants_change": Row(least=Least.ADMIN, body={"display_name": "Acme AG"}),
    "tenants_deletion": Row(least=Least.PLATFORM_ADMIN),
    "tenants_deletion_cancel": Row(least=Least.PLATFORM_ADMIN, given=to_be_deleted),
    "tenants_delete": Row(least=Least.PLATFORM_ADMIN, body=confirmed),
    "platform_former_tenants": Row(least=Least.PLATFORM_ADMIN),
    "tenants_suspend": Row(least=Least.PLATFORM_ADMIN, body={"reason": "the invoice is open"}),
    "tenants_reactivate": Row(least=Least.PLATFORM_ADMIN, given=acme_suspended),
    "platform_tenant_slug": Row(least=Least.PLATFORM_ADMIN, query="?display_name=Initech"),
    "members_list": Row(least=Least.VIEWER),
    "members_add": Row(least=Least.ADMIN, body={"username": "dave", "role": "member"}),
    "members_read": Row(least=Least.VIEWER),
    "members_change": Row(least=Least.ADMIN, body={"role": "member"}),
    "members_remove": Row(least=Least.ADMIN),
    "kept_out_list": Row(least=Least.ADMIN),
    "kept_out_let_in": Row(least=Least.ADMIN, given=carol_kept_out),
}
