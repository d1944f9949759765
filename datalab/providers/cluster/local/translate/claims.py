"""PersistentVolumeClaims: the storage that outlives a pause."""

from dataclasses import replace

from datalab.providers.cluster.local.spec import Volume, VolumeKind
from datalab.providers.cluster.local.translate.fields import Fields, quantity, refused

_ONE_DISK = "One machine has one kind of storage"


class Claims:
    """The claims that a chart brings along, by name."""

    def __init__(self) -> None:
        self._volumes: dict[str, Volume] = {}
        self._used: set[str] = set()

    def add(self, name: str, manifest: Fields, *, keep: bool) -> None:
        """`manifest` has the claim's `spec`; its metadata is already read."""
        spec = manifest.inner("spec", where=manifest.where)
        manifest.drop("status")
        manifest.close()
        resources = spec.inner("resources", where=manifest.where)
        requests = resources.inner("requests", where=manifest.where)
        size = requests.take("storage")
        requests.close()
        resources.drop("limits")
        resources.close()
        spec.drop("accessModes")
        spec.leave_out(_ONE_DISK, "storageClassName", "volumeAttributesClassName")
        spec.refuse_unless("volumeMode", "Filesystem")
        spec.close()
        if size is None:
            raise refused(f"{manifest.where}: it asks for no storage.")
        self._volumes[name] = Volume(
            name=name,
            kind=VolumeKind.KEPT,
            mount_path="",
            size=int(quantity(size, where=spec.where, what="amount of storage")),
            keep=keep,
        )

    def volume(self, name: str, *, where: str, read_only: bool = False) -> Volume:
        if name not in self._volumes:
            raise refused(f"{where}: PersistentVolumeClaim {name} is not part of the chart.")
        self._used.add(name)
        return replace(self._volumes[name], read_only=read_only)

    def unused(self) -> list[str]:
        return sorted(set(self._volumes) - self._used)
