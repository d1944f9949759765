"""Whose log is worth reading: of a container that ended, or waits for what only its log names. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from datalab.providers.cluster.kubernetes.containers import Container, waiting_for
from datalab.providers.cluster.kubernetes.reading import Json, is_going
from datalab.providers.cluster.kubernetes.reasons import secrets

LINES = 20
BYTES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One run of one container. `former`: another one has begun since. `grows`: it runs still."""

    namespace: str
    pod: str
    uid: str
    container: str
    run: str
    former: bool
    grows: bool

    @property
    def key(self) -> tuple[str, str, str]:
        """What it has written does not change when another run begins."""
        return self.uid, self.container, self.run

    @property
    def path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.pod}/log"

    @property
    def query(self) -> dict[str, str]:
        query = {
            "container": self.container,
            "tailLines": str(LINES),
            "limitBytes": str(BYTES),
        }
        return {**query, "previous": "true"} if self.former else query


def speaker_of(pods: Iterable[Json]) -> Speaker | None:
    """The one that ended last; None where all is well or nothing has begun."""
    found = [pair for pod in pods if not is_going(pod) for pair in _speaking(pod)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _speaking(pod: Json) -> Iterator[tuple[str, Speaker]]:
    for one in waiting_for(pod):
        running = "running" in one.state
        if running and one.name == secrets.AGENT:
            yield "", _speaker(pod, one, former=False, grows=True)
        elif one.last is not None:
            yield str(one.last.get("finishedAt")), _speaker(pod, one, former=running, grows=False)


def _speaker(pod: Json, one: Container, *, former: bool, grows: bool) -> Speaker:
    metadata = pod["metadata"]
    return Speaker(
        namespace=metadata["namespace"],
        pod=metadata["name"],
        uid=metadata.get("uid", ""),
        container=one.name,
        run="" if grows else str((one.last or {}).get("containerID", "")),
        former=former,
        grows=grows,
    )
