"""Datalab's own chart on a real cluster: restricted pods, its own rights, and upgrades nobody notices."""

import base64
import http.client
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from datalab.core.errors import ProviderRefused
from datalab.gate.traefik import ANSWERED_BY_GATE
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.namespace import LABELS
from tests.cluster.addons import kubectl
from tests.cluster.cluster import load_tool
from tests.cluster.gateway import NAME as GATEWAY
from tests.cluster.gateway import gateway, gateways_kinds, is_accepted
from tests.cluster.ingress_controller import traefik, traefiks_kinds
from tests.cluster.layout import layout_of
from tests.cluster.platform import (
    HOST,
    NAME,
    ORIGIN,
    Installed,
    Surroundings,
    door_image,
    namespace_for,
    surroundings,
    values_for,
)
from tests.parts.cluster import KUBECONFIG_VARIABLE
from tests.parts.ports import wait_until

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(900)]

REPLICAS = {"portal": 2, "gate": 2, "worker": 2, "beat": 1, "watcher": 2, "door": 2}
TENANT = "dl-deployed"
MAKE_A_TENANT = """
from datetime import timedelta
from django.utils.timezone import now
from datalab.accounts.actions import create_token
from datalab.accounts.models import User
from datalab.tenants.actions import create_tenant
from datalab.tenants.lifecycle import Kind, Role
from datalab.tenants.models import Membership
tenant = create_tenant(
    slug="deployed", display_name="Deployed", kind=Kind.BUSINESS_UNIT, limits={}, by="a test"
)
maria = User.objects.create_user("maria", issuer="https://identity.example", subject="maria")
Membership.objects.create(tenant=tenant, user=maria, role=Role.MEMBER.value)
print(create_token(user=maria, name="test", valid_for=timedelta(days=1), now=now())[1])
"""
SIZE = {"cpu": "200m", "memory": "512Mi", "storage": "1Gi"}


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    if os.environ.get(KUBECONFIG_VARIABLE):
        pytest.skip(
            "What the platform needs is on this machine, which another cluster's pods cannot reach."
        )
    with surroundings(tmp_path_factory.mktemp("around")) as around:
        yield around


@pytest.fixture(scope="module")
def installed(around: Surroundings, kubeconfig: Path, api: KubernetesApi) -> Iterator[Installed]:
    values = {
        **values_for(around, layout_of()),
        # Nobody signs in here.
        "oidc": {"issuer": "https://identity.example", "clientId": "datalab"},
        "groupRules": [{"pattern": "datalab-admins", "role": "platform-admin"}],
    }
    with traefiks_kinds(api), namespace_for(api, around) as namespace:
        installed = Installed(namespace=namespace, kubeconfig=kubeconfig, api=api, values=values)
        try:
            installed.upgrade()
            yield installed
        finally:
            installed.uninstall()
            api.delete(f"/api/v1/namespaces/{TENANT}")


@pytest.fixture(scope="module")
def token(installed: Installed) -> str:
    """Of a member of the tenant, which this makes."""
    pod = installed.pods("portal")[0]["metadata"]["name"]
    run = ("-n", installed.namespace, "exec", pod, "--", "python", "manage.py", "shell", "-c")
    return kubectl(layout_of(), *run, MAKE_A_TENANT).split()[-1]


@pytest.fixture
def made_by(api: KubernetesApi) -> Iterator[Callable[[KubernetesApi], str]]:
    """A tenant's namespace that somebody makes, for the length of a test."""
    name = f"dl-deployed-{secrets.token_hex(4)}"

    def made_by(somebody: KubernetesApi) -> str:
        somebody.create("/api/v1/namespaces", {"metadata": {"name": name, "labels": LABELS}})
        return name

    yield made_by
    api.delete(f"/api/v1/namespaces/{name}")


def ask(
    address: str, port: int, path: str, *, body: Any = None, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(address, port, timeout=10)
    said = None if body is None else json.dumps(body)
    kind = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(method, path, said, {"Host": HOST, **kind, **headers})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_every_pod_is_ready_under_restricted_pod_security(installed: Installed) -> None:
    for part, wanted in REPLICAS.items():
        pods = installed.pods(part)
        assert len(pods) == wanted, part
        for pod in pods:
            [status] = pod["status"]["containerStatuses"]
            assert (status["ready"], status["restartCount"]) == (True, 0), part
    assert not installed.pods("migration"), "the hook is gone once it has succeeded"


def test_all_that_is_there_answers_through_the_service(installed: Installed) -> None:
    address = installed.address("portal")

    def all_but_identity() -> bool:
        _, _, body = ask(address, 8000, "/readyz")
        return json.loads(body)["failing"] == ["identity"]  # type: ignore[no-any-return]

    wait_until(all_but_identity, seconds=60)
    assert ask(address, 8000, "/readyz?only=database")[0] == 200


def test_a_scraper_reaches_each_part_by_its_own_address(
    installed: Installed, around: Surroundings
) -> None:
    bearer = {"Authorization": f"Bearer {around.secrets['metrics-token']}"}
    for part, port in (("portal", 8000), ("worker", 9100), ("watcher", 9100)):
        for pod in installed.pods(part):
            address = pod["status"]["podIP"]
            host = {"Host": f"{address}:{port}"}
            assert ask(address, port, "/metrics", **host, **bearer)[0] == 200, part
            assert ask(address, port, "/metrics", **host)[0] == 404, part


def test_people_come_in_by_the_door(installed: Installed) -> None:
    address = installed.address("door")
    status, headers, body = ask(address, 80, "/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<script" in body, "the page is built into the image"
    assert ask(address, 80, "/metrics")[0] == 404
    assert ask(address, 80, "/", Host="elsewhere.example")[0] == 404
    events = "/api/v1/tenants/deployed/events"
    assert ANSWERED_BY_GATE.startswith("^/api/v1/tenants/")
    assert json.loads(ask(address, 80, events)[2])["code"] == "not_signed_in"
    status, headers, _ = ask(address, 80, "/lab", Host=f"tool.{HOST}")
    assert status == 302
    assert headers["Location"].startswith(f"{ORIGIN}/open?service=tool")


@pytest.mark.usefixtures("token")
def test_a_tenant_is_provisioned_with_the_charts_rights_alone(
    installed: Installed, api: KubernetesApi
) -> None:
    bindings = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{TENANT}/rolebindings"
    wait_until(lambda: api.get(f"{bindings}/datalab") is not None, seconds=60)
    binding: Any = api.get(f"{bindings}/datalab")
    assert binding["roleRef"]["name"] == f"{installed.namespace}-{NAME}-tenant"
    assert {one["name"] for one in binding["subjects"]} == {f"{NAME}-portal", f"{NAME}-gate"}
    assert {one["namespace"] for one in binding["subjects"]} == {installed.namespace}


@contextmanager
def launched(installed: Installed, token: str, name: str) -> Iterator[str]:
    """JupyterLab's own host while it runs."""
    load_tool(layout_of(), "jupyter")
    address, bearer = installed.address("door"), {"Authorization": f"Bearer {token}"}
    services = "/api/v1/tenants/deployed/services"
    asked = {"chart": "jupyter", "name": name, "resources": SIZE}

    def accepted() -> bool:
        """Refused until the tenant is provisioned."""
        status, _, body = ask(address, 80, services, body=asked, method="POST", **bearer)
        assert status in {202, 409}, body
        return status == 202

    def service() -> Any:
        return json.loads(ask(address, 80, f"{services}/{name}", **bearer)[2])

    wait_until(accepted, seconds=60)
    wait_until(lambda: service()["phase"] in {"running", "failed"}, seconds=120)
    assert service()["phase"] == "running", service()
    yield urlsplit(service()["url"]).netloc
    assert ask(address, 80, f"{services}/{name}", method="DELETE", **bearer)[0] == 202
    wait_until(lambda: ask(address, 80, f"{services}/{name}", **bearer)[0] == 404, seconds=60)


def test_a_member_launches_a_tool_and_opens_it_by_the_door(
    installed: Installed, token: str
) -> None:
    address, bearer = installed.address("door"), {"Authorization": f"Bearer {token}"}
    with launched(installed, token, "lab") as host:
        assert host.endswith(f".{HOST}")
        status, _, body = ask(address, 80, "/api/status", Host=host, **bearer)
        assert (status, "kernels" in json.loads(body)) == (200, True)
        assert ask(address, 80, "/api/status", Host=host)[0] == 302


def test_the_worker_writes_into_tenants_namespaces_only(
    installed: Installed, made_by: Callable[[KubernetesApi], str], tmp_path: Path
) -> None:
    worker = installed.as_part("worker", tmp_path)
    thing = {"metadata": {"name": "from-the-worker"}}
    for elsewhere in ("default", "kube-system", installed.namespace):
        with pytest.raises(ProviderRefused) as refused:
            worker.create(f"/api/v1/namespaces/{elsewhere}/configmaps", thing)
        assert "tenants' namespaces only" in "".join(refused.value.__notes__)
    with pytest.raises(ProviderRefused):
        worker.create("/api/v1/namespaces", {"metadata": {"name": "dl-unlabelled"}})
    with pytest.raises(ProviderRefused):
        worker.merge("/api/v1/namespaces/default", {"metadata": {"labels": LABELS}})
    with pytest.raises(ProviderRefused):
        worker.delete("/api/v1/namespaces/default")
    worker.create(f"/api/v1/namespaces/{made_by(worker)}/configmaps", thing)


def test_the_worker_can_give_nobody_more_than_the_role_of_tenants(
    installed: Installed, made_by: Callable[[KubernetesApi], str], tmp_path: Path
) -> None:
    worker = installed.as_part("worker", tmp_path)
    theirs = made_by(worker)
    bindings = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{theirs}/rolebindings"

    def bind(role: str) -> None:
        of = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
        who = {"kind": "ServiceAccount", "namespace": theirs, "name": "default"}
        metadata = {"name": role, "namespace": theirs}
        worker.create(bindings, {"metadata": metadata, "roleRef": of, "subjects": [who]})

    for role in ("cluster-admin", "admin", "edit"):
        with pytest.raises(ProviderRefused):
            bind(role)
    bind(f"{installed.namespace}-{NAME}-tenant")


@pytest.mark.parametrize("part", ["portal", "gate", "watcher"])
def test_the_other_parts_write_nothing(installed: Installed, part: str, tmp_path: Path) -> None:
    api = installed.as_part(part, tmp_path)
    with pytest.raises(ProviderRefused):
        api.create("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "x"}})
    with pytest.raises(ProviderRefused):
        api.create("/api/v1/namespaces", {"metadata": {"name": "x"}})
    if part != "watcher":
        with pytest.raises(ProviderRefused):
            api.list("/api/v1/namespaces/kube-system/secrets")
        with pytest.raises(ProviderRefused):
            api.list("/api/v1/pods")


def test_an_upgrade_lets_no_request_fail(installed: Installed) -> None:
    address = installed.address("door")
    before = {pod["metadata"]["uid"] for pod in installed.pods("portal")}
    answers: list[int | str] = []
    over = threading.Event()

    def knock() -> None:
        while not over.is_set():
            try:
                answers.append(ask(address, 80, "/healthz")[0])
            except (OSError, http.client.HTTPException) as error:
                answers.append(repr(error))
            time.sleep(0.02)

    people = [threading.Thread(target=knock) for _ in range(4)]
    for one in people:
        one.start()
    try:
        installed.upgrade({"settings": {"DATALAB_AUDIT_KEEP_DAYS": "400"}})
        wait_until(lambda: len(installed.pods("portal")) == REPLICAS["portal"], seconds=90)
    finally:
        over.set()
        for one in people:
            one.join()
    assert before.isdisjoint(pod["metadata"]["uid"] for pod in installed.pods("portal"))
    assert len(answers) > 100
    assert [one for one in answers if one != 200] == []


def test_a_tool_is_reached_through_a_gateway_with_the_gates_check_in_front(
    installed: Installed, api: KubernetesApi, make_namespace: Callable[[], str], token: str
) -> None:
    bearer, there = {"Authorization": f"Bearer {token}"}, make_namespace()
    with gateways_kinds(api), gateway(api, there, door_image()) as address:
        parents = [{"name": GATEWAY, "namespace": there, "sectionName": "web"}]
        installed.upgrade({"gateway": {"enabled": True, "parentRefs": parents}})
        wait_until(lambda: is_accepted(api, installed.namespace, f"{NAME}-door"), seconds=60)
        with launched(installed, token, "by-gateway") as host:
            assert b"<script" in ask(address, 8000, "/")[2], "the page"
            assert ask(address, 8000, "/", Host="elsewhere.example")[0] == 404
            status, _, body = ask(address, 8000, "/api/status", Host=host, **bearer)
            assert (status, "kernels" in json.loads(body)) == (200, True)
            status, headers, _ = ask(address, 8000, "/lab?a=b", Host=host)
            assert (status, headers["Location"].split("&")[0]) == (
                302,
                f"{ORIGIN}/open?service={host.partition('.')[0]}",
            )
            own = f"https://{host}"
            assert opens_a_websocket(address, host, Origin=own, **bearer) == 101
            assert opens_a_websocket(address, host, Origin=own) in {401, 403}
            assert opens_a_websocket(address, host, Origin=ORIGIN, **bearer) == 403
        installed.upgrade()


def opens_a_websocket(address: str, host: str, **headers: str) -> int:
    """101 where it does."""
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(secrets.token_bytes(16)).decode(),
    }
    connection = http.client.HTTPConnection(address, 8000, timeout=30)
    try:
        path = "/api/events/subscribe"
        connection.request("GET", path, headers={"Host": host, **asked, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_traefik_that_the_cluster_has_asks_the_gate_by_itself(
    installed: Installed, api: KubernetesApi, make_namespace: Callable[[], str], token: str
) -> None:
    ingress = {"enabled": True, "className": "traefik", "controller": "traefik"}
    with traefik(api, make_namespace(), door_image()) as address:
        installed.upgrade({"door": {"enabled": False}, "ingress": ingress})
        bearer = {"Authorization": f"Bearer {token}"}

        def said(path: str, **headers: str) -> Any:
            """None while a route has not been taken up yet."""
            _, kind, body = ask(address, 8000, path, **headers)
            return json.loads(body) if kind.get("Content-Type") == "application/json" else None

        def routes_are_known() -> bool:
            events = said("/api/v1/tenants/deployed/services/none/events")
            tool = said("/", Host=f"tool.{HOST}", **bearer)
            return (events or {}).get("code") == "not_signed_in" and bool(tool)

        wait_until(routes_are_known, seconds=90)
        assert said("/", Host=f"tool.{HOST}", **bearer)["code"] == "not_found"
        assert said("/metrics")["code"] == "not_found", "the gate's answer, not the portal's"
        assert b"<script" in ask(address, 8000, "/")[2]
        assert said("/api/v1/me", **bearer)["username"] == "maria"
        status, headers, _ = ask(address, 8000, "/lab?a=b", Host=f"tool.{HOST}")
        assert (status, headers["Location"].split("&")[0]) == (302, f"{ORIGIN}/open?service=tool")
