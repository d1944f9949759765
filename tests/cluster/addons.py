"""What a cluster needs beyond Kubernetes: volumes, enforced NetworkPolicies, names, a way in."""

from pathlib import Path
from string import Template

from tests.cluster.layout import DNS_IP, INGRESS_PORT, NFT_TABLE, TINY, Layout
from tests.cluster.parts import Parts
from tests.cluster.shell import NOT_UP, KitError, run

_OBJECTS = Path(__file__).with_name("addons.yaml")


def start_addons(layout: Layout, parts: Parts) -> None:
    kubeconfig = layout.kubeconfig("addons")
    volumes = layout.state / "volumes"
    volumes.mkdir(exist_ok=True)
    parts.kit("volumes", f"--kubeconfig={kubeconfig}", f"--base={volumes}")
    parts.kit(
        "policies",
        f"--kubeconfig={kubeconfig}",
        f"--table={NFT_TABLE}-policy",
        f"--socket={layout.policies_socket}",
    )
    program = (layout.bin / "clusterdns").resolve()
    objects = Template(_OBJECTS.read_text()).substitute(DNS_IP=DNS_IP, TINY=TINY, PROGRAM=program)
    kubectl(layout, "apply", "-f", "-", data=objects)
    _start_traefik(layout, parts, kubeconfig)


def kubectl(layout: Layout, *words: str, data: str | None = None) -> str:
    """As the cluster's administrator."""
    return run(*kubectl_command(layout), *words, data=data)


def kubectl_command(layout: Layout) -> list[str]:
    if not layout.kubeconfig().exists():
        raise KitError(NOT_UP)
    return [str(layout.bin / "nodekit"), "kubectl", f"--kubeconfig={layout.kubeconfig()}"]


def _start_traefik(layout: Layout, parts: Parts, kubeconfig: Path) -> None:
    """A process of the machine: it reaches pods by the bridge."""
    parts.start(
        "traefik",
        layout.bin / "traefik",
        f"--entrypoints.web.address=127.0.0.1:{INGRESS_PORT}",
        "--providers.kubernetesingress=true",
        "--providers.kubernetesingress.allowemptyservices=true",
        "--providers.providersthrottleduration=100ms",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        "--log.level=INFO",
        environment={"KUBECONFIG": str(kubeconfig)},
    )
