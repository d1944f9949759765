"""What a service holds of its tenant's quota, kept in step with the row by conditional UPDATEs.

Call inside a transaction: the counters and the row change together or not at all.
"""

from django.db import transaction

from datalab.accounts.models import User
from datalab.core.devices import Devices
from datalab.launcher import metering
from datalab.launcher.models import Service
from datalab.quotas.claim import Claim, sum_of
from datalab.quotas.reserve import give_back, move, reserve
from datalab.tenants.models import Amounts


def take_compute(service: Service) -> None:
    """Reserve cpu, memory, gpu and devices again, or raise QuotaExceeded. Nothing where it holds them."""
    if Service.objects.filter(pk=service.pk, holds_compute=False).update(holds_compute=True):
        reserve(service.tenant, service.compute_claim)
        metering.keep(service.pk)


@transaction.atomic
def drop_compute(*services: Service) -> None:
    """Give cpu, memory, gpu and devices back, once however often it is called.

    Of many at once: as many steps as there are tenants and owners, not services.
    """
    rows = Service.objects.select_related("tenant").select_for_update(of=("self",)).order_by("pk")
    found = list(rows.filter(pk__in=[one.pk for one in services], holds_compute=True))
    if not found:
        return
    Service.objects.filter(pk__in=[one.pk for one in found]).update(holds_compute=False)
    holders = sorted({(one.tenant_id, one.owner_id) for one in found})
    for holder in holders:
        theirs = [one for one in found if (one.tenant_id, one.owner_id) == holder]
        give_back(theirs[0].tenant, sum_of([one.compute_claim for one in theirs]))
    metering.keep(*(one.pk for one in found))


def drop_all(service: Service) -> None:
    """Give everything back and forget the row, once however often it is called."""
    current = Service.objects.select_for_update().filter(pk=service.pk).first()
    if current is not None and Service.objects.filter(pk=service.pk).delete()[0]:
        give_back(service.tenant, current.claim)
        metering.keep(service.pk)


def resize(service: Service, footprint: Amounts, devices: Devices) -> None:
    """Take what is more and give back what is less, in one step. The caller has locked the row."""
    reserve(service.tenant, difference(service, footprint, devices, compute=service.holds_compute))


def difference(service: Service, footprint: Amounts, devices: Devices, *, compute: bool) -> Claim:
    """What it would take beside what it holds. `compute`: with cpu, memory, gpu and devices."""
    held, kept = service.claim, service.keeps
    amounts = {r: n for r, n in footprint.items() if compute or r in kept}
    wanted = devices if compute else {}
    names = {*wanted, *held.devices}
    return service.claim_of(
        {r: n - held.amounts.get(r, 0) for r, n in amounts.items()},
        {name: wanted.get(name, 0) - held.devices.get(name, 0) for name in names},
    )


def move_to(service: Service, owner: User) -> None:
    """Hand it over to another member, with what it holds. QuotaExceeded where that one's limit is full.

    Whoever has a limit of their own needs room in it; the tenant's counters stay as they are.
    """
    current = Service.objects.select_for_update().get(pk=service.pk)
    if current.owner_id == owner.pk:
        return
    move(current.tenant, current.claim, to=owner.pk)
    # The key was the former owner's: with it the new one could not be told from a double click.
    Service.objects.filter(pk=service.pk).update(owner=owner, idempotency_key=None)
