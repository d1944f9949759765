from datalab.tenants.deletion import confirmation_of, what_goes
from datalab.tenants.models import KeptOut, Tenant
from datalab.tenants.suspension import suspend_tenant
from tests.unit.routes.rows import Least, Row
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


ROWS = {
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
