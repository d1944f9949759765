"""Gauges that are read from the database when somebody asks: the same from every replica."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Min, Q, QuerySet
from django.utils.timezone import now
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from datalab import VERSION
from datalab.launcher.lifecycle import PHASES, Wanted, phase_of
from datalab.launcher.models import Service
from datalab.monitoring.models import Heartbeat
from datalab.providers.cluster.base import Observed, Step
from datalab.tenants.models import Tenant


class PlatformState(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        at = now()
        yield _services()
        yield _lag(at)
        yield _beats(at)
        yield _gauge("datalab_tenants", "Tenants.", Tenant.objects.count())
        info = GaugeMetricFamily("datalab_build", "The version that runs.", labels=["version"])
        info.add_metric([VERSION], 1)
        yield info


def _services() -> GaugeMetricFamily:
    """One GROUP BY of the columns that the phase is derived from."""
    family = GaugeMetricFamily("datalab_services", "Services by phase.", labels=["phase"])
    counted = dict.fromkeys(PHASES, 0)
    for phase, number in phases().items():
        counted[phase] = number
    for phase, number in counted.items():
        family.add_metric([phase], number)
    return family


def phases() -> Counter[str]:
    found: Counter[str] = Counter()
    settled = ExpressionWrapper(Q(generation=F("applied_generation")), output_field=BooleanField())
    grouped = (
        Service.objects.order_by()
        .annotate(settled=settled)
        .values_list("wanted", "observed", "step", "settled")
        .annotate(number=Count("id"))
    )
    for wanted, observed, step, is_settled, number in grouped:
        phase = phase_of(
            Wanted(wanted),
            Observed(observed),
            changed=not is_settled,
            step=Step(step) if step else None,
        )
        found[phase.value] += number
    return found


def _lag(at: datetime) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "datalab_reconcile_lag_seconds",
        "How long the oldest row that is due waits for a worker.",
        labels=["kind"],
    )
    family.add_metric(["service"], overdue(Service.objects.due(at).unclaimed(at), at))
    family.add_metric(["tenant"], overdue(Tenant.objects.due(at).unclaimed(at), at))
    return family


def overdue(rows: QuerySet[Service] | QuerySet[Tenant], at: datetime) -> float:
    oldest: datetime | None = rows.order_by().aggregate(oldest=Min("check_after"))["oldest"]
    return max(0.0, (at - oldest).total_seconds()) if oldest else 0.0


def _beats(at: datetime) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "datalab_heartbeat_age_seconds", "Since the newest sign of life.", labels=["part"]
    )
    newest: dict[str, datetime] = {}
    for part, beat in Heartbeat.objects.values_list("part", "at"):
        kind = part.partition(":")[0]
        newest[kind] = max(beat, newest.get(kind, beat))
    for kind, beat in sorted(newest.items()):
        family.add_metric([kind], max(0.0, (at - beat).total_seconds()))
    return family


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text)
    family.add_metric([], value)
    return family
