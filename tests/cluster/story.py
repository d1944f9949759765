"""The platform as people find it: by its name, over TLS, behind an ingress and an identity provider."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from datalab.providers.cluster.kubernetes.api import Json, KubernetesApi
from tests.cluster.identity.injector import Injector, running_injector
from tests.cluster.identity.programs import agent_image, injector_image, relay_image
from tests.cluster.identity.vault import pods_may_sign_in
from tests.cluster.layout import NODE_IP, Layout
from tests.cluster.platform import (
    HOST,
    NAME,
    ORIGIN,
    PARTS,
    Installed,
    Surroundings,
    namespace_for,
    put_secret,
    surroundings,
    values_for,
)
from tests.cluster.pods import inside
from tests.parts.certificates import Authority
from tests.parts.doorway import doorway
from tests.parts.keycloak import Realm, running_keycloak
from tests.parts.ports import free_port, stop, wait_for

TENANTS = {"blue": "Story Blue", "red": "Story Red"}
"""The names of tenants, by the group of the identity provider whose people are in them."""
PEOPLE = {"alice": ["blue"], "eve": ["red"], "root": ["platform-admins"]}
_TLS = "kubernetes.io/tls"


@dataclass(frozen=True, kw_only=True)
class Story:
    layout: Layout
    installed: Installed
    around: Surroundings
    injector: Injector
    port: int
    """Of the way in, at the node's address."""

    @property
    def rules(self) -> str:
        """What leads a browser's names there, as DNS would."""
        there = f"{NODE_IP}:{self.port}"
        return f"--host-resolver-rules=MAP {HOST} {there},MAP *.{HOST} {there}"

    def pods(self, group: str, service: str) -> list[Json]:
        path = f"/api/v1/namespaces/{namespace_of(group)}/pods"
        return self.installed.api.list(path, labels=f"app.kubernetes.io/instance={service}").items

    def inside(self, group: str, service: str, *command: str, container: str) -> tuple[int, str]:
        """A command in the running tool: how it ended and what it wrote."""
        at = namespace_of(group)
        return inside(self.layout, at, f"{service}-0", *command, container=container)


def slug_of(group: str) -> str:
    return TENANTS[group].lower().replace(" ", "-")


def namespace_of(group: str) -> str:
    return f"dl-{slug_of(group)}"


def bucket_of(group: str) -> str:
    return f"dl-{slug_of(group)}"


@contextmanager
def running_story(
    folder: Path, layout: Layout, kubeconfig: Path, api: KubernetesApi
) -> Iterator[Story]:
    authority = Authority()
    with ExitStack() as parts:
        around = parts.enter_context(surroundings(folder))
        namespace = parts.enter_context(namespace_for(api, around))
        issuer = parts.enter_context(_identity_provider(folder, around, authority))
        parts.enter_context(pods_may_sign_in(around.bao, kubeconfig, api, namespace))
        injector = parts.enter_context(_injector(layout, api, around, authority))
        _certify(api, namespace, authority)
        usual = values_for(around, layout)
        values = {
            **usual,
            **{part: {**usual[part], "replicas": 1} for part in PARTS if part != "beat"},
            "oidc": {"issuer": issuer, "clientId": "datalab"},
            **_values(around, injector, relay_image(layout)),
        }
        installed = Installed(namespace=namespace, kubeconfig=kubeconfig, api=api, values=values)
        parts.callback(_remove_tenants, api)
        parts.callback(installed.uninstall)
        installed.upgrade()
        port = parts.enter_context(_ingress_controller(folder, layout, namespace))
        yield Story(layout=layout, installed=installed, around=around, injector=injector, port=port)


def _values(around: Surroundings, injector: Injector, relay: str) -> Json:
    needed = [around.values["s3"]["endpoint"], injector.vault]
    ports = [httpx.URL(address).port for address in needed]
    rules = [{"pattern": group, "tenant": slug_of(group), "role": "member"} for group in TENANTS]
    return {
        "groupRules": [*rules, {"pattern": "platform-admins", "role": "platform-admin"}],
        "vault": {**around.values["vault"], "kubernetesAuth": "kubernetes"},
        "credentials": {"tlsSecret": "credentials", "relayImage": relay},
        "caBundle": {"configMap": "authorities"},
        "ingress": {"enabled": True, "className": "traefik", "tls": {"secretName": "front"}},
        # As an operator takes what is the company's own out of the internet.
        "tenants": {
            "blockedNetworks": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
            "openings": [{"cidr": f"{NODE_IP}/32", "ports": ports}],
        },
    }


def _certify(api: KubernetesApi, namespace: str, authority: Authority) -> None:
    """What cert-manager would put there."""
    for name, names in {
        "front": (HOST, f"*.{HOST}"),
        "credentials": (f"{NAME}-gate.{namespace}.svc",),
    }.items():
        certificate, key = authority.issue(*names)
        held = {"tls.crt": certificate, "tls.key": key, "ca.crt": authority.certificate}
        put_secret(api, namespace, name, held, kind=_TLS)
    bundle = {"metadata": {"name": "authorities"}, "data": {"ca.crt": authority.certificate}}
    api.create(f"/api/v1/namespaces/{namespace}/configmaps", bundle)


@contextmanager
def _identity_provider(folder: Path, around: Surroundings, authority: Authority) -> Iterator[str]:
    """At one address for browsers and for pods."""
    realm = Realm(
        people=PEOPLE, redirect=f"{ORIGIN}/*", secret=around.secrets["oidc-client-secret"]
    )
    with running_keycloak(
        folder, free_port(), realm=realm, address=NODE_IP, pair=authority.issue(NODE_IP)
    ) as issuer:
        yield issuer


@contextmanager
def _injector(
    layout: Layout, api: KubernetesApi, around: Surroundings, authority: Authority
) -> Iterator[Injector]:
    with doorway(NODE_IP, around.bao.port, pair=authority.issue(NODE_IP)) as port:
        made = Injector(
            api=api,
            image=injector_image(layout),
            agent=agent_image(layout),
            vault=f"https://{NODE_IP}:{port}",
            authority=authority.certificate,
        )
        with running_injector(made) as injector:
            injector.serve(*(namespace_of(group) for group in TENANTS))
            yield injector


@contextmanager
def _ingress_controller(folder: Path, layout: Layout, namespace: str) -> Iterator[int]:
    """A Traefik of somebody's, which knows of us what our Ingress says. The cluster's has no TLS."""
    port = free_port()
    command = [
        str(layout.bin / "traefik"),
        f"--entrypoints.web.address={NODE_IP}:{port}",
        "--entrypoints.web.http.tls=true",
        "--providers.kubernetesingress=true",
        f"--providers.kubernetesingress.namespaces={namespace}",
        "--providers.providersthrottleduration=100ms",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
    ]
    environment = {"PATH": "/usr/bin:/bin", "KUBECONFIG": str(layout.kubeconfig("addons"))}
    with (folder / "ingress.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        wait_for(lambda: _answers(port), process)
        yield port
    finally:
        stop(process)


def _answers(port: int) -> bool:
    try:
        found = httpx.get(
            f"https://{NODE_IP}:{port}/healthz",
            headers={"Host": HOST},
            trust_env=False,
            verify=False,  # noqa: S501 - browsers look at it
        )
    except httpx.TransportError:
        return False
    return found.status_code == 200


def _remove_tenants(api: KubernetesApi) -> None:
    for group in TENANTS:
        api.delete(f"/api/v1/namespaces/{namespace_of(group)}")
