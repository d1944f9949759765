"""Releases' pods that have no machine yet, and which one the scheduler can give them now. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from datalab.providers.cluster.kubernetes.asking import in_all, of_pod
from datalab.providers.cluster.kubernetes.reading import (
    INSTANCE,
    Json,
    condition,
    is_going,
    label,
)
from datalab.providers.cluster.placement import Placement
from datalab.providers.cluster.room import Amounts


@dataclass(slots=True, kw_only=True)
class Machine:
    """`promised`: to pods that will be there in a moment."""

    has: Amounts
    taken: Amounts
    promised: Amounts = field(default_factory=dict)

    @property
    def gone(self) -> Amounts:
        return in_all([self.taken, self.promised])

    def takes(self, asked: Amounts) -> bool:
        gone = self.gone
        return all(
            self.has.get(name, 0) - gone.get(name, 0) >= amount
            for name, amount in asked.items()
            if amount
        )

    def promise(self, asked: Amounts) -> None:
        self.promised = in_all([self.promised, asked])


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """So many pods that each ask for the same, on the same machines."""

    placement: Placement
    asked: Amounts
    number: int

    @property
    def in_all(self) -> Amounts:
        return {name: amount * self.number for name, amount in self.asked.items()}


def waiting(pods: Iterable[Json]) -> list[Waiting]:
    """Those that have waited longest first."""
    alike: dict[tuple[object, ...], list[tuple[Placement, Amounts]]] = {}
    for pod in sorted(filter(_waits, pods), key=_since):
        placement, asked = _placement(pod), of_pod(pod)
        key = (placement.place, *sorted(asked.items()))
        alike.setdefault(key, []).append((placement, asked))
    return [
        Waiting(placement=many[0][0], asked=many[0][1], number=len(many)) for many in alike.values()
    ]


def seat(one: Waiting, machines: Sequence[Machine]) -> None:
    """What fits nowhere keeps nobody else out: the scheduler goes on with the next."""
    left = one.number
    for machine in machines:
        while left and machine.takes(one.asked):
            machine.promise(one.asked)
            left -= 1


def _waits(pod: Json) -> bool:
    """What some other queue holds back (scheduling gates) asks the scheduler for nothing yet."""
    return (
        bool(label(pod, INSTANCE))
        and not pod["spec"].get("nodeName")
        and pod["status"].get("phase") == "Pending"
        and condition(pod, "PodScheduled").get("reason") != "SchedulingGated"
        and not is_going(pod)
    )


def _since(pod: Json) -> str:
    return str(pod["metadata"].get("creationTimestamp", ""))


def _placement(pod: Json) -> Placement:
    spec = pod["spec"]
    return Placement(
        node_selector=spec.get("nodeSelector") or {}, tolerations=spec.get("tolerations") or ()
    )
