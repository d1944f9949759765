"""What the agent knows of its tools: in memory, and on disk for the agent after it."""

import logging
from collections.abc import Callable

from datalab.providers.cluster.base import Reason, ReleaseRef
from datalab.providers.cluster.local.agent.instance import Instance, Stage
from datalab.providers.cluster.local.folders import Folders, write_json

log = logging.getLogger(__name__)


class Book:
    def __init__(self, folders: Folders, announce: Callable[[ReleaseRef], None]) -> None:
        self._folders = folders
        self.announce = announce
        self.instances: dict[ReleaseRef, Instance] = {}

    def all(self) -> list[Instance]:
        return list(self.instances.values())

    def settle(self, instance: Instance, stage: Stage, reason: Reason) -> None:
        instance.stage = stage
        instance.reason = reason
        self.tell(instance)

    def tell(self, instance: Instance) -> None:
        self.save(instance)
        self.announce(instance.ref)

    def save(self, instance: Instance) -> None:
        """On a full disk what is in memory goes on being the truth; a sweep ends what is not saved."""
        if not self._folders.release(instance.ref).is_dir():
            return
        try:
            write_json(self._folders.instance(instance.ref), instance.to_json())
        except OSError:
            log.exception("%s of %s could not be saved", instance.id, instance.ref)

    def forget_files(self, instance: Instance) -> None:
        self._folders.instance(instance.ref).unlink(missing_ok=True)
        self._folders.status(instance.ref, instance.id).unlink(missing_ok=True)
