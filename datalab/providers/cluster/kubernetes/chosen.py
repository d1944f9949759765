"""Chosen secrets as objects of the cluster. Pure.

Whichever way, what a tool finds below /vault/secrets is byte for byte what vault/rendering.py makes.
https://external-secrets.io/latest/api/spec/
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from datalab.core.delivery import secret_name
from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.base import Release, ReleaseRef, SecretAccess
from datalab.providers.cluster.kubernetes.api import Json
from datalab.providers.cluster.kubernetes.reading import INSTANCE
from datalab.providers.cluster.kubernetes.shaping import RESTARTS
from datalab.providers.secrets.policies import POD_AUDIENCE

FOLDER = PurePosixPath("/vault/secrets")
MADE_BY = {"app.kubernetes.io/managed-by": "datalab"}
REFRESHED_EVERY = "30s"
"""By the operator: each time it signs in as the service. The node's kubelet takes a minute more."""
API_VERSION = "external-secrets.io/v1"

# Each source is a whole secret as JSON, s0 the first that was chosen. Of two equal names the later
# wins. What is no string was written by somebody else, and stays JSON. The result is read as YAML,
# which knows no control characters: hence the base64.
_TEMPLATE = r"""{{- $files := dict }}{{ $lines := "" }}
{{- range list SOURCES }}
{{- range $name, $value := fromJson . }}
{{- $text := ternary $value (toJson $value) (kindIs "string" $value) }}
{{- $_ := set $files $name $text }}
{{- $lines = printf "%sexport %s='%s'\n" $lines $name ($text | replace "'" "'\\''") }}
{{- end }}
{{- end }}
{{- range $name, $text := set $files "env.sh" $lines }}
{{ toJson $name }}: !!binary {{ b64enc $text | quote }}
{{- end }}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAddress:
    """The secret store as the operator in the cluster reaches it. `authority` is PEM, or empty."""

    address: str
    mount: str
    kubernetes_auth: str
    authority: str = ""


def labels_of(ref: ReleaseRef) -> dict[str, str]:
    return {INSTANCE: ref.name, **MADE_BY}


def secret_object(ref: ReleaseRef, files: Mapping[str, bytes]) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {"name": secret_name(ref.name), "labels": labels_of(ref)},
        "data": encoded(files),
    }


def encoded(files: Mapping[str, bytes]) -> dict[str, str]:
    return {_key(path): base64.b64encode(content).decode() for path, content in files.items()}


def _key(path: str) -> str:
    found = PurePosixPath(path)
    if found.parent != FOLDER:
        raise ProviderRefused(f"Files of tools lie in {FOLDER} only.", provider="cluster")
    return found.name


def store_object(ref: ReleaseRef, access: SecretAccess, store: StoreAddress) -> Json:
    """Signs in as the service's own account, with the service's own role: decision 0013."""
    account = {"name": ref.name, "audiences": [POD_AUDIENCE]}
    vault = {
        "server": store.address,
        "path": store.mount,
        "version": "v2",
        "auth": {
            "kubernetes": {
                "mountPath": store.kubernetes_auth,
                "role": access.role,
                "serviceAccountRef": account,
            }
        },
    }
    if store.authority:
        vault["caBundle"] = base64.b64encode(store.authority.encode()).decode()
    return _object("SecretStore", ref, {}, {"provider": {"vault": vault}})


def external_secret(release: Release, access: SecretAccess) -> Json:
    """Owns its Secret, which goes with it. A restart fetches anew: the annotation has changed."""
    name = secret_name(release.ref.name)
    sources = [f"s{number}" for number in range(len(access.paths))]
    template = {
        "engineVersion": "v2",
        "metadata": {"labels": labels_of(release.ref)},
        "templateFrom": [{"target": "Data", "literal": _template(sources)}],
    }
    spec = {
        "refreshInterval": REFRESHED_EVERY,
        "secretStoreRef": {"kind": "SecretStore", "name": name},
        "target": {
            "name": name,
            "creationPolicy": "Owner",
            "deletionPolicy": "Retain",
            "template": template,
        },
        "data": [
            {"secretKey": source, "remoteRef": {"key": path}}
            for source, path in zip(sources, access.paths, strict=True)
        ],
    }
    told = {"annotations": {RESTARTS: str(release.restarts)}}
    return _object("ExternalSecret", release.ref, told, spec)


def _template(sources: list[str]) -> str:
    return _TEMPLATE.replace("SOURCES", " ".join(f".{one}" for one in sources))


def _object(kind: str, ref: ReleaseRef, told: Json, spec: Json) -> Json:
    metadata = {"name": secret_name(ref.name), "namespace": ref.namespace, **told}
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {**metadata, "labels": labels_of(ref)},
        "spec": spec,
    }
