"""A connection to a tool, from a pod of the front door: to the Service that its chart brings."""

import asyncio
import socket
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.conf import settings

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.reading import INSTANCE, Json, name_of

TIMEOUT = 5.0
KNOWN_FOR_S = 5.0
"""A browser opens a dozen connections at once: one question is enough for them."""
FOLLOWS_WITHIN_S = 1.0
"""A Service leads to a pod some moments after that is ready: until then it refuses."""
_TRIED_EVERY_S = 0.1
_MOST_KNOWN = 1000

Address = tuple[str, int]


async def dial(ref: ReleaseRef) -> socket.socket:
    """A connected, non-blocking TCP socket to the tool's port; the caller closes it.

    ProviderRefused where the tool does not run or does not accept, ProviderUnavailable where the
    cluster or the network does not answer.
    """
    try:
        async with asyncio.timeout(TIMEOUT):
            return await _patiently(await asyncio.to_thread(_addresses().of, ref))
    except ConnectionRefusedError as error:
        raise ProviderRefused("The tool does not answer yet.", provider="cluster") from error
    except OSError as error:
        raise ProviderUnavailable("The tool cannot be reached.", provider="cluster") from error


async def _patiently(address: Address) -> socket.socket:
    until = time.monotonic() + FOLLOWS_WITHIN_S
    while True:
        try:
            return await _connect(address)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(_TRIED_EVERY_S)


async def _connect(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made


class Addresses:
    """Where tools answer. May be asked from any thread."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api
        self._known: dict[ReleaseRef, tuple[Address, float]] = {}

    def of(self, ref: ReleaseRef) -> Address:
        address, until = self._known.get(ref, (None, 0.0))
        if address is not None and time.monotonic() < until:
            return address
        path = f"/api/v1/namespaces/{ref.namespace}/services"
        found = address_of(self._api.list(path, labels=f"{INSTANCE}={ref.name}").items, ref.name)
        if found is None:
            raise ProviderRefused("The tool does not run.", provider="cluster")
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[ref] = found, time.monotonic() + KNOWN_FOR_S
        return found


def address_of(services: Iterable[Json], release: str) -> Address | None:
    """The port called http, else the first one of the Service called like the release, else any."""
    ports = [
        (port.get("name") != "http", name_of(one) != release, (spec["clusterIP"], port["port"]))
        for one in services
        for spec in [one["spec"]]
        if spec.get("clusterIP") not in {None, "", "None"}
        for port in spec.get("ports") or ()
        if port.get("protocol", "TCP") == "TCP"
    ]
    # Sorting keeps the order of what is alike.
    return min(ports, key=lambda one: one[:2])[2] if ports else None


@cache
def _addresses() -> Addresses:
    kubeconfig = Path(settings.KUBECONFIG) if settings.KUBECONFIG else None
    return Addresses(KubernetesApi(kubeconfig=kubeconfig))
