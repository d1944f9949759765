"""What services hear of: people who leave, and workers that start.

On one machine a new worker frees what its predecessor held and begins to listen to the runtime.
"""

import threading
from typing import Any

from celery import signals
from django.apps import AppConfig
from django.conf import settings
from django.utils.timezone import now

from datalab.accounts.signals import locked
from datalab.tenants.lifecycle import Fate
from datalab.tenants.signals import rights_lost


class LauncherConfig(AppConfig):
    name = "datalab.launcher"

    def ready(self) -> None:
        from datalab.launcher import leaving, suspension  # noqa: PLC0415 - models come later
        from datalab.tenants import signals as tenancy  # noqa: PLC0415

        tenancy.suspended.connect(suspension.pause_all, dispatch_uid="launcher.pause_all")
        tenancy.reactivated.connect(suspension.resume_all, dispatch_uid="launcher.resume_all")
        from datalab.quotas.signals import devices_in_use, holders, member_use  # noqa: PLC0415

        member_use.connect(tell_member_use, dispatch_uid="launcher.member_use")
        holders.connect(tell_holders, dispatch_uid="launcher.holders")
        devices_in_use.connect(tell_devices, dispatch_uid="launcher.devices_in_use")
        tenancy.listing.connect(leaving.list_services, dispatch_uid="launcher.list_services")
        tenancy.removing.connect(leaving.remove_all, dispatch_uid="launcher.remove_all")
        signals.worker_ready.connect(start_watching, dispatch_uid="launcher.watch")
        rights_lost.connect(settle_services, dispatch_uid="launcher.settle_services")
        locked.connect(pause_services, dispatch_uid="launcher.pause_services")
        signals.worker_shutting_down.connect(stop_watching, dispatch_uid="launcher.watch")


def settle_services(sender: Any, *, tenant: Any, user: Any, fate: Fate, by: str, **_: Any) -> None:
    from datalab.launcher.handover import settle  # noqa: PLC0415 - models are not loaded with apps

    settle(tenant=tenant, user=user, fate=fate, by=by)


def tell_member_use(sender: Any, *, tenant: Any, **_: Any) -> Any:
    from datalab.launcher.holdings import held_by_members  # noqa: PLC0415

    return held_by_members(tenant)


def tell_holders(sender: Any, *, tenant: Any, most: int, **_: Any) -> Any:
    from datalab.launcher import holdings  # noqa: PLC0415

    return holdings.holders(tenant, most)


def tell_devices(sender: Any, *, tenant: Any, user_id: int, **_: Any) -> Any:
    from datalab.launcher.holdings import devices_held  # noqa: PLC0415

    return devices_held(tenant, owner_id=user_id)


def pause_services(sender: Any, *, user: Any, by: str, **_: Any) -> None:
    from datalab.launcher.handover import pause_all_of  # noqa: PLC0415

    pause_all_of(user, by=by)


stop = threading.Event()


def start_watching(**_: Any) -> None:
    from datalab.launcher.models import Service  # noqa: PLC0415 - models are not loaded with apps
    from datalab.launcher.watch import watch  # noqa: PLC0415
    from datalab.providers import registry  # noqa: PLC0415
    from datalab.tenants.models import Tenant  # noqa: PLC0415

    if not settings.ONE_WORKER:
        return  # `manage.py watch` is a process of its own
    # Whoever held a claim is dead: there is only this worker on this machine. And what ran may
    # have been stopped with the platform, so each service is looked at now.
    Service.objects.update(claimed_until=None, check_after=now())
    Tenant.objects.update(claimed_until=None, check_after=now())
    threading.Thread(
        target=watch, args=(registry.cluster_runtime(), stop), name="watch", daemon=True
    ).start()


def stop_watching(**_: Any) -> None:
    stop.set()
