"""What a tool wrote, of the pods and containers that a release has. Pure but for the asking."""

from collections.abc import Mapping, Sequence
from typing import Any

from datalab.providers.cluster.kubernetes.api import KubernetesApi

MOST_BYTES = 1024 * 1024
DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
_BESIDE = ("vault-agent", "datalab-")
"""How the containers begin that are not the tool: the secret store's agent, the platform's own."""


def tail(api: KubernetesApi, pods: Sequence[Mapping[str, Any]], lines: int) -> str:
    """Of the newest pod; of its start before, where it crashes again and again."""
    if lines <= 0 or not pods:
        return ""
    pod = max(pods, key=lambda one: str(one["metadata"]["creationTimestamp"]))
    container = tool_of(pod)
    status = _status(pod, container)
    if not has_begun(status):
        return ""
    metadata = pod["metadata"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/log"
    more = {"previous": "true"} if is_between_starts(status) else {}
    written = api.text(
        path, container=container, tailLines=str(lines), limitBytes=str(MOST_BYTES), **more
    )
    return written or ""


def tool_of(pod: Mapping[str, Any]) -> str:
    """The container that a person means."""
    names = [str(one["name"]) for one in pod["spec"]["containers"]]
    said = (pod["metadata"].get("annotations") or {}).get(DEFAULT_CONTAINER)
    if said in names:
        return str(said)
    return next((name for name in names if not name.startswith(_BESIDE)), names[0])


def has_begun(status: Mapping[str, Any]) -> bool:
    """Else there is no log to ask for, and the API server says 400."""
    now, before = status.get("state") or {}, status.get("lastState") or {}
    return "running" in now or "terminated" in now or "terminated" in before


def is_between_starts(status: Mapping[str, Any]) -> bool:
    now, before = status.get("state") or {}, status.get("lastState") or {}
    return "waiting" in now and "terminated" in before


def _status(pod: Mapping[str, Any], container: str) -> Mapping[str, Any]:
    found = (pod.get("status") or {}).get("containerStatuses") or ()
    return next((one for one in found if one.get("name") == container), {})
