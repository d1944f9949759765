"""The ways in which chosen secrets reach a release's pods, of which an installation has one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from datalab.core.delivery import secret_name
from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.base import Release, ReleaseRef
from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from datalab.providers.cluster.kubernetes.chosen import (
    StoreAddress,
    encoded,
    external_secret,
    labels_of,
    secret_object,
    store_object,
)
from datalab.providers.cluster.kubernetes.slimming import slim_external_secret


class Way(Protocol):
    """Every method is idempotent."""

    @property
    def fetches(self) -> bool:
        """True where something in the cluster reads them from the store, as the service."""

    @property
    def not_enforced(self) -> Sequence[str]:
        """What an administrator is told of it."""

    def bring(self, release: Release) -> None:
        """Before its pods start; takes away what a paused one, or one without secrets, has left."""

    def deliver(self, ref: ReleaseRef, files: Mapping[str, bytes]) -> bool:
        """As the port's `deliver`."""

    def take_away(self, ref: ReleaseRef) -> None: ...

    def asked(self, ref: ReleaseRef) -> Json | None:
        """The ExternalSecret of a release, where that is the way and it is there."""


@dataclass(frozen=True, slots=True)
class ByInjector:
    """The chart's annotations say it all."""

    fetches = True
    not_enforced = ()

    def bring(self, release: Release) -> None: ...

    def deliver(self, ref: ReleaseRef, files: Mapping[str, bytes]) -> bool:
        return False

    def take_away(self, ref: ReleaseRef) -> None: ...

    def asked(self, ref: ReleaseRef) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ByExternalSecrets:
    api: KubernetesApi
    store: StoreAddress

    fetches = True
    not_enforced = (
        "That chosen secrets lie in the secret store alone: the External Secrets operator copies "
        "them into Secrets of tenants' namespaces, so they lie in the cluster's etcd, and whoever may "
        "read Secrets there reads them.",
    )

    def bring(self, release: Release) -> None:
        """The pod waits for the Secret. Its account comes a moment later: the operator tries again."""
        if release.paused or release.secrets is None:
            self.take_away(release.ref)
            return
        store = store_object(release.ref, release.secrets, self.store)
        wanted = {_STORES: store, _EXTERNAL: external_secret(release, release.secrets)}
        for path, body in wanted.items():
            self._apply(_path(path, release.ref), body)

    def deliver(self, ref: ReleaseRef, files: Mapping[str, bytes]) -> bool:
        return False

    def take_away(self, ref: ReleaseRef) -> None:
        """The Secret goes with what owns it."""
        for path in (_EXTERNAL, _STORES):
            self.api.delete(_path(path, ref))

    def asked(self, ref: ReleaseRef) -> Json | None:
        """None also where the platform may not look, so that all else is still seen."""
        try:
            found = self.api.get(_path(_EXTERNAL, ref))
        except ProviderRefused:
            return None
        return slim_external_secret(found) if found else None

    def _apply(self, path: str, body: Json) -> None:
        try:
            self.api.apply(path, body)
        except ProviderRefused as refused:
            if not any(note.startswith("404 ") for note in getattr(refused, "__notes__", ())):
                raise
            raise ProviderRefused(
                "The External Secrets operator is not installed in the cluster. Tell the "
                "platform's administrator.",
                provider="cluster",
            ) from refused


@dataclass(frozen=True, slots=True, kw_only=True)
class ByKubernetesSecret:
    """The platform's own: what it writes goes into one Secret and nowhere else."""

    api: KubernetesApi

    fetches = False
    not_enforced = (
        "That chosen secrets lie in the secret store alone: the platform copies them into Secrets of "
        "tenants' namespaces, so they lie in the cluster's etcd, and whoever may read Secrets "
        "there reads them.",
    )

    def bring(self, release: Release) -> None:
        if release.paused or not release.files:
            self.take_away(release.ref)
            return
        found = self._found(release.ref)
        if found is None:
            path = _path(_SECRETS, release.ref).rpartition("/")[0]
            self.api.create(path, secret_object(release.ref, release.files))
            return
        gone: dict[str, str | None] = dict.fromkeys(found.get("data") or {})
        self._merge(release.ref, {**gone, **encoded(release.files)})

    def deliver(self, ref: ReleaseRef, files: Mapping[str, bytes]) -> bool:
        """Never makes one: what was taken away meanwhile stays away."""
        found = self._found(ref)
        if found is None:
            raise _does_not_run()
        wanted = encoded(files)
        if wanted.items() <= (found.get("data") or {}).items():
            return False
        self._merge(ref, wanted)
        return True

    def take_away(self, ref: ReleaseRef) -> None:
        found = self.api.get(_path(_SECRETS, ref))
        if found is not None and _is_ours(found, ref):
            self.api.delete(_path(_SECRETS, ref))

    def asked(self, ref: ReleaseRef) -> None: ...

    def _merge(self, ref: ReleaseRef, keys: Mapping[str, str | None]) -> None:
        if self.api.merge(_path(_SECRETS, ref), {"data": dict(keys)}) is None:
            raise _does_not_run()

    def _found(self, ref: ReleaseRef) -> Json | None:
        """ProviderRefused where somebody else has made it: another's pod may read what is in it."""
        found = self.api.get(_path(_SECRETS, ref))
        if found is not None and not _is_ours(found, ref):
            raise ProviderRefused(
                f"The Secret {secret_name(ref.name)} is there already and is not the platform's. "
                "Ask whoever looks after the cluster to remove it.",
                provider="cluster",
            )
        return found


_SECRETS = "/api/v1/namespaces/{}/secrets/{}"
_STORES = "/apis/external-secrets.io/v1/namespaces/{}/secretstores/{}"
_EXTERNAL = "/apis/external-secrets.io/v1/namespaces/{}/externalsecrets/{}"


def _path(pattern: str, ref: ReleaseRef) -> str:
    return pattern.format(ref.namespace, secret_name(ref.name))


def _is_ours(found: Json, ref: ReleaseRef) -> bool:
    labels = found["metadata"].get("labels") or {}
    return bool(labels_of(ref).items() <= labels.items())


def _does_not_run() -> ProviderRefused:
    return ProviderRefused("The service does not run.", provider="cluster")
