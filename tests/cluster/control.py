"""The control plane: etcd, the API server, its controllers and the scheduler."""

import ssl
import urllib.error
import urllib.request

from tests.cluster.layout import API, NODE_IP, SERVICE_CIDR, Layout
from tests.cluster.parts import Parts
from tests.cluster.shell import say, wait_until

_ETCD = "http://127.0.0.1:2379"
_ETCD_PEER = "http://127.0.0.1:2380"


def start_control_plane(layout: Layout, parts: Parts) -> None:
    _start_etcd(layout, parts)
    _start_api(layout, parts)

    def answers() -> bool:
        parts.check("kube-apiserver")
        return is_ready(layout)

    hint = f"Its words are in {parts.log('kube-apiserver')}."
    wait_until("The API server", answers, seconds=120, hint=hint)
    say("API server ready")
    _start_controllers(layout, parts)
    _start_scheduler(layout, parts)


def is_ready(layout: Layout) -> bool:
    """Asked with the administrator's certificate, past any proxy of the environment."""
    try:
        context = ssl.create_default_context(cafile=layout.pki / "ca.crt")
        context.load_cert_chain(layout.pki / "admin.crt", layout.pki / "admin.key")
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(f"{API}/readyz", timeout=2) as answer:
            return bool(answer.read() == b"ok")
    except (OSError, urllib.error.URLError):
        return False


def _start_etcd(layout: Layout, parts: Parts) -> None:
    parts.kit(
        "etcd",
        *("--data-dir", layout.state / "etcd", "--name", "nodekit"),
        *("--listen-client-urls", _ETCD, "--advertise-client-urls", _ETCD),
        *("--listen-peer-urls", _ETCD_PEER, "--initial-advertise-peer-urls", _ETCD_PEER),
        *("--initial-cluster", f"nodekit={_ETCD_PEER}"),
        # What it keeps is worth nothing after a crash of the machine.
        *("--unsafe-no-fsync", "--log-level", "warn"),
    )


def _start_api(layout: Layout, parts: Parts) -> None:
    pki = layout.pki
    parts.kit(
        "kube-apiserver",
        f"--bind-address={NODE_IP}",
        "--secure-port=6443",
        f"--advertise-address={NODE_IP}",
        f"--etcd-servers={_ETCD}",
        f"--service-cluster-ip-range={SERVICE_CIDR}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--anonymous-auth=true",
        f"--client-ca-file={pki}/ca.crt",
        f"--tls-cert-file={pki}/apiserver.crt",
        f"--tls-private-key-file={pki}/apiserver.key",
        f"--kubelet-certificate-authority={pki}/ca.crt",
        f"--kubelet-client-certificate={pki}/apiserver-kubelet.crt",
        f"--kubelet-client-key={pki}/apiserver-kubelet.key",
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki}/sa.pub",
        f"--service-account-signing-key-file={pki}/sa.key",
        f"--requestheader-client-ca-file={pki}/front-ca.crt",
        "--requestheader-allowed-names=front-proxy",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki}/front-proxy.crt",
        f"--proxy-client-key-file={pki}/front-proxy.key",
        "--allow-privileged=true",
        "--profiling=false",
        "--endpoint-reconciler-type=lease",
    )


def _start_controllers(layout: Layout, parts: Parts) -> None:
    parts.kit(
        "kube-controller-manager",
        *_signed_in(layout, "kube-controller-manager"),
        "--use-service-account-credentials",
        f"--service-account-private-key-file={layout.pki}/sa.key",
        f"--root-ca-file={layout.pki}/ca.crt",
        f"--cluster-signing-cert-file={layout.pki}/ca.crt",
        f"--cluster-signing-key-file={layout.pki}/ca.key",
        # For each controller. The default of 20 a second is what many services wait for.
        *("--kube-api-qps=200", "--kube-api-burst=400"),
    )


def _start_scheduler(layout: Layout, parts: Parts) -> None:
    parts.kit("kube-scheduler", *_signed_in(layout, "kube-scheduler"))


def _signed_in(layout: Layout, name: str) -> list[str]:
    kubeconfig = layout.kubeconfig(name)
    return [
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
        f"--cert-dir={layout.run}",
        "--profiling=false",
    ]
