"""Who has which GPU. One is never with two sandboxes, and free once the one that had it is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from datalab.providers.cluster.local import processes
from datalab.providers.cluster.local.agent.instance import Instance
from datalab.providers.cluster.local.devices import DEV, Gpu, nodes_of
from datalab.providers.cluster.local.plan import LaunchPlan

VISIBLE = ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")
"""What programs read to know which they may use. They could open no other."""


@dataclass(slots=True)
class Holder:
    """`has_left` once nothing more is to come of it; its processes may still be on their way out."""

    instance: Instance
    has_left: bool = False

    @property
    def is_gone(self) -> bool:
        process = self.instance.process
        return self.has_left and (process is None or not processes.is_alive(process))


class Gpus:
    """What was given is in each instance's own record, so that another agent finds it there."""

    def __init__(self, there: Sequence[Gpu], dev: Path = DEV) -> None:
        self.there = list(there)
        self._dev = dev
        self._holders: dict[str, Holder] = {}

    def take(self, instance: Instance, number: int) -> bool:
        """Give it so many, or none and False where not enough are free."""
        free = [gpu.uuid for gpu in self.there if self._is_free(gpu.uuid)]
        if len(free) < number:
            return False
        instance.gpus = free[:number]
        self.take_again(instance)
        return True

    def take_again(self, instance: Instance) -> None:
        """What an earlier agent gave it is still its own."""
        for uuid in instance.gpus:
            self._holders[uuid] = Holder(instance)

    def leave(self, instance: Instance) -> None:
        """Give back what it has. Twice is once."""
        for uuid in instance.gpus:
            holder = self._holders.get(uuid)
            if holder is not None and holder.instance is instance:
                holder.has_left = True

    def shown_to(self, instance: Instance, plan: LaunchPlan) -> LaunchPlan:
        """The plan with the nodes and names of what the instance was given."""
        if not instance.gpus:
            return plan
        given = [gpu for gpu in self.there if gpu.uuid in instance.gpus]
        named: Mapping[str, str] = dict.fromkeys(VISIBLE, ",".join(gpu.uuid for gpu in given))
        return replace(
            plan,
            environment={**plan.environment, **named},
            devices=[str(node) for node in nodes_of(given, self._dev)],
        )

    def _is_free(self, uuid: str) -> bool:
        holder = self._holders.get(uuid)
        return holder is None or holder.is_gone
