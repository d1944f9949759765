"""What a service holds of its tenant's quota, kept in step with the row by conditional UPDATEs.

Call inside a transaction: the counters and the row change together or not at all.
"""

from datalab.accounts.models import User
from datalab.core.devices import Devices
from datalab.launcher import metering
from datalab.launcher.models import Service
from datalab.quotas.reserve import give_back, move, reserve
from datalab.tenants.models import Amounts


def take_compute(service: Service) -> None:
    """Reserve cpu, memory, gpu and devices again, or raise QuotaExceeded. Nothing where it holds them."""
    if Service.objects.filter(pk=service.pk, holds_compute=False).update(holds_compute=True):
        reserve(service.tenant, service.compute_claim)
        metering.keep(service.pk)


def drop_compute(service: Service) -> None:
    """Give cpu, memory, gpu and devices back, once however often it is called."""
    if Service.objects.filter(pk=service.pk, holds_compute=True).update(holds_compute=False):
        give_back(service.tenant, service.compute_claim)
        metering.keep(service.pk)


def drop_all(service: Service) -> None:
    """Give everything back and forget the row, once however often it is called."""
    current = Service.objects.select_for_update().filter(pk=service.pk).first()
    if current is not None and Service.objects.filter(pk=service.pk).delete()[0]:
        give_back(service.tenant, current.claim)
        metering.keep(service.pk)


def resize(service: Service, footprint: Amounts, devices: Devices) -> None:
    """Take what is more and give back what is less, in one step. The caller has locked the row."""
    held, kept = service.claim, service.keeps
    amounts = {r: n for r, n in footprint.items() if service.holds_compute or r in kept}
    wanted = devices if service.holds_compute else {}
    names = {*wanted, *held.devices}
    reserve(
        service.tenant,
        service.claim_of(
            {r: n - held.amounts.get(r, 0) for r, n in amounts.items()},
            {name: wanted.get(name, 0) - held.devices.get(name, 0) for name in names},
        ),
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
