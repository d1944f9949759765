"""The volumes of a pod as directories of one machine."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from datalab.providers.cluster.local.sandbox import SHARED_MEMORY
from datalab.providers.cluster.local.spec import Volume, VolumeKind
from datalab.providers.cluster.local.translate.claims import Claims
from datalab.providers.cluster.local.translate.configs import Configs
from datalab.providers.cluster.local.translate.fields import Fields, quantity, refused
from datalab.providers.cluster.local.translate.variables import (
    PodFacts,
    expand,
    field_value,
    resource_value,
)

_EXECUTABLE = 0o111
# What a tool mounts over must stay what the sandbox made it.
_RESERVED = ("/", "/proc", "/dev", "/usr", "/bin", "/lib", "/lib64", "/sbin", "/etc")
_CLOSED = ("/proc/", "/dev/", "/usr/")


class Volumes:
    """The volumes of one pod by name, each still without a place in the container."""

    def __init__(self, configs: Configs, claims: Claims, pod: PodFacts) -> None:
        self._configs = configs
        self._claims = claims
        self._pod = pod
        self._volumes: dict[str, Volume] = {}
        self._unread: dict[str, Fields] = {}

    def add(self, items: Sequence[Fields]) -> None:
        """A source that only an injected container would mount must not stop the tool: read later."""
        for item in items:
            self._unread[item.text("name")] = item

    def add_template(self, name: str, claim: str) -> None:
        """A StatefulSet's own claim is mounted by the name of its template."""
        self._volumes[name] = self._claims.volume(claim, where=f"volumeClaimTemplate {name}")

    def mounts(self, items: Sequence[Fields], variables: Mapping[str, str]) -> list[Volume]:
        """In the order of the manifest. Two mounts of one volume share its `name`."""
        mounted = [self._mount(item, variables) for item in items]
        places = [volume.mount_path for volume in mounted]
        doubled = sorted({place for place in places if places.count(place) > 1})
        if doubled:
            raise refused(f"Two volumes are mounted at {doubled[0]}.")
        for name, unread in self._unread.items():
            unread.notes.add("No container mounts it", f"volume {name}")
        return mounted

    def _volume(self, name: str, where: str) -> Volume:
        unread = self._unread.pop(name, None)
        if unread is not None:
            self._volumes[name] = self._source(name, unread)
            unread.close()
        if name not in self._volumes:
            raise refused(f"{where}: the pod has no such volume.")
        return self._volumes[name]

    def _mount(self, item: Fields, variables: Mapping[str, str]) -> Volume:
        volume = self._volume(item.text("name"), item.where)
        sub_path = item.text("subPath") or expand(item.text("subPathExpr"), variables)
        read_only = item.flag("readOnly") or volume.read_only
        item.refuse_unless("mountPropagation", "None")
        item.refuse_unless("recursiveReadOnly", "Disabled", "IfPossible")
        path = _mount_path(item)
        item.close()
        if ".." in PurePosixPath(sub_path).parts or sub_path.startswith("/"):
            raise refused(f"{item.where}: subPath leads out of the volume.")
        return Volume(
            name=volume.name,
            kind=volume.kind,
            mount_path=path,
            read_only=read_only,
            sub_path=sub_path,
            size=volume.size,
            keep=volume.keep,
            files=volume.files,
            file_mode=volume.file_mode,
        )

    def _source(self, name: str, item: Fields) -> Volume:
        if item.has("persistentVolumeClaim"):
            source = item.inner("persistentVolumeClaim", where=item.where)
            claim, read_only = source.text("claimName"), source.flag("readOnly")
            source.close()
            return self._claims.volume(claim, where=item.where, read_only=read_only)
        if item.has("emptyDir"):
            return _empty_dir(name, item.inner("emptyDir", where=item.where))
        return self._files(name, item)

    def _files(self, name: str, item: Fields) -> Volume:
        files: dict[str, bytes] = {}
        modes: set[int] = set()
        if item.has("projected"):
            source = item.inner("projected", where=item.where)
            modes.add(source.number("defaultMode", 0o644))
            for one in source.each("sources", noun="source"):
                files.update(self._one_source(one, modes))
            source.close()
        else:
            files.update(self._one_source(item, modes))
        executable = any(mode & _EXECUTABLE for mode in modes)
        return Volume(
            name=_pod_name(name),
            kind=VolumeKind.FILES,
            mount_path="",
            read_only=True,
            files=files,
            file_mode=0o555 if executable else 0o444,
        )

    def _one_source(self, item: Fields, modes: set[int]) -> dict[str, bytes]:
        """A ConfigMap, Secret or downward API source. `item` is left empty."""
        for key, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
            if item.has(key):
                source = item.inner(key, where=item.where)
                return self._keys(source, kind, modes)
        if item.has("downwardAPI"):
            return self._downward(item.inner("downwardAPI", where=item.where), modes)
        item.close()  # names hostPath, nfs, csi, serviceAccountToken, ...
        raise refused(f"{item.where}: it names no source.")

    def _keys(self, source: Fields, kind: str, modes: set[int]) -> dict[str, bytes]:
        name = source.text("secretName") or source.text("name")
        optional = source.flag("optional")
        content = self._configs.content(kind, name, optional=optional, where=source.where)
        modes.add(source.number("defaultMode", 0o644))
        items = source.each("items", noun="item")
        source.close()
        if not items:
            return dict(content)
        files: dict[str, bytes] = {}
        for item in items:
            key, path = item.text("key"), _file_path(item)
            modes.add(item.number("mode", 0))
            item.close()
            if key in content:
                files[path] = content[key]
            elif not optional:
                raise refused(f"{source.where}: {kind} {name} has no key {key}.")
        return files

    def _downward(self, source: Fields, modes: set[int]) -> dict[str, bytes]:
        modes.add(source.number("defaultMode", 0o644))
        files: dict[str, bytes] = {}
        for item in source.each("items", noun="item"):
            path = _file_path(item)
            modes.add(item.number("mode", 0))
            if item.has("fieldRef"):
                text = field_value(item.inner("fieldRef", where=item.where), self._pod)
            else:
                text = resource_value(item.inner("resourceFieldRef", where=item.where), self._pod)
            item.close()
            files[path] = text.encode()
        source.close()
        return files


def _empty_dir(name: str, source: Fields) -> Volume:
    memory = source.take("medium", "") == "Memory"
    size = source.take("sizeLimit")
    source.close()
    if size is None:
        return _scratch(name, memory=memory)
    limit = int(quantity(size, where=source.where, what="size"))
    return _scratch(name, memory=memory, size=limit)


def _scratch(name: str, *, memory: bool = False, size: int | None = None) -> Volume:
    kind = VolumeKind.MEMORY if memory else VolumeKind.SCRATCH
    return Volume(name=_pod_name(name), kind=kind, mount_path="", size=size)


def _pod_name(name: str) -> str:
    """No claim can be called so: Kubernetes names have no underscore."""
    return f"pod_{name}"


def _mount_path(item: Fields) -> str:
    path = item.text("mountPath")
    if not path.startswith("/") or ".." in PurePosixPath(path).parts or "\0" in path:
        raise refused(f"{item.where}: mountPath {path!r} is not an absolute path.")
    normal = str(PurePosixPath("/") / path.lstrip("/"))
    inside = normal.startswith(_CLOSED) and normal != SHARED_MEMORY
    if normal in _RESERVED or inside:
        raise refused(f"{item.where}: nothing can be mounted at {normal} on one machine.")
    return normal


def _file_path(item: Fields) -> str:
    path = item.text("path")
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts:
        raise refused(f"{item.where}: path {path!r} leads out of the volume.")
    return path
