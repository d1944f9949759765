"""Everything by which people and programs reach a tenant, and its end with the tenant."""

from django.db import transaction

from datalab.accounts.models import ApiToken, TokenTenant
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.audit.webhook import Webhook
from datalab.tenants.models import Membership, Tenant

CAUSE = "tenant deleted"


def access_counts(tenant: Tenant) -> dict[str, int]:
    """`tokens` are those that were made for this tenant by name."""
    return {
        "members": tenant.memberships.count(),
        "tokens": TokenTenant.objects.filter(tenant_id=tenant.id).count(),
        "webhooks": Webhook.objects.filter(tenant_id=tenant.id).count(),
    }


@transaction.atomic
def end_access(tenant: Tenant, *, by: str) -> None:
    """A token that is for other tenants too goes on there."""
    for member in Membership.objects.filter(tenant=tenant).select_related("user"):
        record(
            EventType.MEMBER_REMOVED,
            actor=by,
            tenant_id=tenant.id,
            before={"role": member.role},
            member=member.user.username,
            cause=CAUSE,
        )
        member.delete()
    for token in ApiToken.objects.filter(limits__tenant_id=tenant.id):
        TokenTenant.objects.filter(token=token, tenant_id=tenant.id).delete()
        if not token.all_tenants and not token.limits.exists():
            record(
                EventType.TOKEN_REVOKED,
                actor=by,
                tenant_id=tenant.id,
                token_id=str(token.id),
                name=token.name,
                cause=CAUSE,
            )
            token.delete()
    for webhook in Webhook.objects.filter(tenant_id=tenant.id):
        record(
            EventType.WEBHOOK_REMOVED,
            actor=by,
            tenant_id=tenant.id,
            webhook=webhook.url,
            cause=CAUSE,
        )
        webhook.delete()
