"""Which tokens reach which tenants. The tokens themselves are the accounts'."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from datalab.accounts.actions import end_token
from datalab.accounts.models import ApiToken, TokenTenant, User
from datalab.audit.models import EventType
from datalab.audit.record import record
from datalab.core.errors import InvalidInput, NotFound
from datalab.tenants.models import Membership, Tenant

MEMBERSHIP_ENDED = "its owner is in none of its tenants any more"


def tenants_for_token(user: User, slugs: Collection[str]) -> Mapping[UUID, str]:
    """Ids and slugs. InvalidInput for one that is not there or not the user's: both look alike."""
    found = dict(Tenant.objects.visible_to(user).filter(slug__in=slugs).values_list("id", "slug"))
    unknown = sorted(set(slugs) - set(found.values()))
    if unknown:
        text = f"you are in no tenant named {', '.join(unknown)}"
        raise InvalidInput(f"tenants: {text}", fields={"tenants": text})
    return found


def names_of(rows: Iterable[ApiToken]) -> Mapping[UUID, Tenant]:
    """The tenants that these tokens are limited to, in one query."""
    ids = {limit.tenant_id for row in rows for limit in row.limits.all()}
    return Tenant.objects.in_bulk(list(ids))


def tokens_reaching(tenant: Tenant) -> QuerySet[ApiToken]:
    rows = ApiToken.objects.reaching(tenant.id)
    return rows.select_related("user").prefetch_related("limits")


@transaction.atomic
def take_out(*, tenant: Tenant, token_id: UUID, by: User) -> None:
    """The token no longer reaches this tenant; the rest of it is its owner's business."""
    row = tokens_reaching(tenant).filter(pk=token_id).first()
    if row is None:
        raise NotFound("There is no such token.")
    if row.all_tenants:
        _spell_out(row)
    limits = TokenTenant.objects.filter(token=row)
    limits.filter(tenant_id=tenant.id).delete()
    if not limits.exists():
        end_token(row, by=by.username, tenant_id=tenant.id)
        return
    record(
        EventType.TOKEN_NARROWED,
        actor=by.username,
        tenant_id=tenant.id,
        token_id=str(row.id),
        name=row.name,
        owner=row.user.username,
    )


@transaction.atomic
def forget_tenant_of(*, user_id: int, tenant_id: UUID) -> None:
    """A membership has ended: so have tokens made for that tenant, for good.

    One for all of its owner's tenants stays, and reaches what its owner is in.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None or user.is_platform_admin:
        return
    TokenTenant.objects.filter(token__user=user, tenant_id=tenant_id).delete()
    ended = ApiToken.objects.filter(user=user, all_tenants=False, limits=None)
    for row in ended.select_related("user"):
        end_token(row, by="tenants", tenant_id=tenant_id, why=MEMBERSHIP_ENDED)


def _spell_out(row: ApiToken) -> None:
    """From "all of its owner's" to a list of those there are now."""
    if ApiToken.objects.filter(pk=row.pk, all_tenants=True).update(all_tenants=False) != 1:
        return
    mine = Membership.objects.filter(user=row.user_id).values_list("tenant_id", flat=True)
    TokenTenant.objects.bulk_create(TokenTenant(token=row, tenant_id=one) for one in mine)
