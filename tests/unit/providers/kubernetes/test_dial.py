"""Where a tool answers."""

import asyncio
import socket
import threading
from typing import Any

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes import dial as dialling
from datalab.providers.cluster.kubernetes.api import Listed
from datalab.providers.cluster.kubernetes.dial import Addresses, address_of

REF = ReleaseRef(namespace="dl-acme", name="lab")


def service(name: str, *ports: dict[str, Any], ip: str = "10.0.0.1") -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"clusterIP": ip, "ports": list(ports)}}


HTTP = {"name": "http", "port": 80, "protocol": "TCP"}
OTHER = {"name": "admin", "port": 9, "protocol": "TCP"}


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        pytest.param([service("lab", HTTP)], ("10.0.0.1", 80), id="the only one"),
        pytest.param([service("lab", OTHER, HTTP)], ("10.0.0.1", 80), id="the port called http"),
        pytest.param(
            [service("db", OTHER, ip="10.0.0.2"), service("lab", OTHER)],
            ("10.0.0.1", 9),
            id="the service called like the release",
        ),
        pytest.param(
            [service("lab", OTHER), service("web", HTTP, ip="10.0.0.2")],
            ("10.0.0.2", 80),
            id="http before the name",
        ),
        pytest.param([service("lab", HTTP, ip="None")], None, id="a headless one has no address"),
        pytest.param([service("lab", {"port": 1, "protocol": "UDP"})], None, id="no TCP"),
        pytest.param([], None, id="none"),
    ],
)
def test_the_tools_own_port_is_found(services: list[Any], expected: Any) -> None:
    assert address_of(services, "lab") == expected


class FakeApi:
    def __init__(self, *services: Any) -> None:
        self.services = services
        self.asked: list[str] = []

    def list(self, path: str, *, labels: str) -> Listed:
        self.asked.append(f"{path}?{labels}")
        return Listed(items=[*self.services], version="1")


class Known:
    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address

    def of(self, ref: ReleaseRef) -> tuple[str, int]:
        return self.address


def test_many_connections_at_once_are_one_question() -> None:
    api = FakeApi(service("lab", HTTP))
    addresses = Addresses(api)  # type: ignore[arg-type]
    assert {addresses.of(REF) for _ in range(12)} == {("10.0.0.1", 80)}
    assert api.asked == ["/api/v1/namespaces/dl-acme/services?app.kubernetes.io/instance=lab"]


def test_what_is_not_there_is_asked_for_again() -> None:
    api = FakeApi()
    addresses = Addresses(api)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(ProviderRefused, match="does not run"):
            addresses.of(REF)
    assert len(api.asked) == 2


def test_a_service_that_follows_its_pod_a_little_later_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = listener.getsockname()
        monkeypatch.setattr(dialling, "_addresses", lambda: Known(address))
        threading.Timer(0.3, listener.listen).start()
        asyncio.run(dialling.dial(REF)).close()


def test_what_goes_on_refusing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        monkeypatch.setattr(dialling, "_addresses", lambda: Known(silent.getsockname()))
        monkeypatch.setattr(dialling, "FOLLOWS_WITHIN_S", 0.2)
        with pytest.raises(ProviderRefused, match="not answer yet"):
            asyncio.run(dialling.dial(REF))
