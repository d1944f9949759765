"""The cluster's certificates and what each part signs in with. Made once for a state folder."""

import base64
import json
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.cluster.layout import API, API_SERVICE_IP, NODE, NODE_IP, Layout
from tests.cluster.shell import write

_VALID = timedelta(days=3650)
_API_NAMES = (
    *("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"),
    "kubernetes.default.svc.cluster.local",
)
_MASTERS = "system:masters"
_NODE = ("system:nodes", f"system:node:{NODE}")
CLIENTS: dict[str, tuple[str, str]] = {  # whose kubeconfig: (group, name)
    "admin": (_MASTERS, "admin"),
    "addons": (_MASTERS, "nodekit-addons"),
    "kube-controller-manager": ("", "system:kube-controller-manager"),
    "kube-scheduler": ("", "system:kube-scheduler"),
    "kube-proxy": ("", "system:kube-proxy"),
    "kubelet": _NODE,
}


def make_keys(layout: Layout) -> None:
    keys = _Keys(layout.pki)
    layout.pki.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("ca", "front-ca"):
        keys.authority(name)
    keys.signing_pair("sa")
    keys.server(
        "apiserver", ("", "kube-apiserver"), [NODE_IP, "127.0.0.1", API_SERVICE_IP], _API_NAMES
    )
    keys.server("kubelet-serving", _NODE, [NODE_IP], (NODE,))
    keys.client("front-proxy", ("", "front-proxy"), authority="front-ca")
    keys.client("apiserver-kubelet", (_MASTERS, "kube-apiserver"))
    for name, subject in CLIENTS.items():
        keys.client(name, subject)
        _write_kubeconfig(layout, name)


class _Keys:
    """All files below one folder: NAME.key, NAME.crt. What is there stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def authority(self, name: str) -> None:
        if self._has(f"{name}.crt"):
            return
        key = self._new_key(name)
        subject = _subject(("", f"nodekit-{name}"))
        builder = _certificate(subject, subject, key.public_key())
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        builder = builder.add_extension(_usage(signs=True), critical=True)
        self._write_certificate(name, builder.sign(key, hashes.SHA256()))

    def signing_pair(self, name: str) -> None:
        """Of the service accounts' tokens."""
        if self._has(f"{name}.pub"):
            return
        public = self._new_key(name).public_key()
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        pem = public.public_bytes(serialization.Encoding.PEM, kind)
        (self._folder / f"{name}.pub").write_bytes(pem)

    def server(
        self, name: str, who: tuple[str, str], addresses: list[str], names: tuple[str, ...]
    ) -> None:
        alternatives: list[x509.GeneralName] = [x509.IPAddress(ip_address(a)) for a in addresses]
        alternatives += [x509.DNSName(one) for one in names]
        self._issue(name, who, "ca", x509.SubjectAlternativeName(alternatives))

    def client(self, name: str, who: tuple[str, str], *, authority: str = "ca") -> None:
        self._issue(name, who, authority, None)

    def _issue(
        self,
        name: str,
        who: tuple[str, str],
        authority: str,
        names: x509.SubjectAlternativeName | None,
    ) -> None:
        if self._has(f"{name}.crt"):
            return
        signer = x509.load_pem_x509_certificate((self._folder / f"{authority}.crt").read_bytes())
        signing_key = self._key(authority)
        key = self._new_key(name)
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
        if names:
            uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
        builder = _certificate(_subject(who), signer.subject, key.public_key())
        builder = builder.add_extension(_usage(signs=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        from_authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(
            signing_key.public_key()
        )
        builder = builder.add_extension(from_authority, critical=False)
        if names:
            builder = builder.add_extension(names, critical=False)
        self._write_certificate(name, builder.sign(signing_key, hashes.SHA256()))

    def _has(self, file: str) -> bool:
        return (self._folder / file).exists()

    def _key(self, name: str) -> ec.EllipticCurvePrivateKey:
        content = (self._folder / f"{name}.key").read_bytes()
        key = serialization.load_pem_private_key(content, password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def _new_key(self, name: str) -> ec.EllipticCurvePrivateKey:
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = self._folder / f"{name}.key"
        path.touch(0o600)
        path.write_bytes(pem)
        return key

    def _write_certificate(self, name: str, certificate: x509.Certificate) -> None:
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        (self._folder / f"{name}.crt").write_bytes(pem)


def _subject(who: tuple[str, str]) -> x509.Name:
    group, name = who
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + _VALID)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_kubeconfig(layout: Layout, name: str) -> None:
    def data(file: str) -> str:
        return base64.b64encode((layout.pki / file).read_bytes()).decode()

    cluster = {"server": API, "certificate-authority-data": data("ca.crt")}
    user = {
        "client-certificate-data": data(f"{name}.crt"),
        "client-key-data": data(f"{name}.key"),
    }
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "nodekit",
        "clusters": [{"name": "nodekit", "cluster": cluster}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": "nodekit", "context": {"cluster": "nodekit", "user": name}}],
    }
    target = layout.kubeconfig(name)
    target.touch(0o600)
    write(target, json.dumps(content, indent=1))
