"""What the platform knows at a launch, by the names that charts use. No secret is among it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from datalab.accounts.models import User
from datalab.core.delivery import Delivery, secret_name
from datalab.core.names import slug
from datalab.providers.secrets.policies import service_role_name
from datalab.tenants.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Launching:
    """Who launches what where. `secrets` are paths in the tenant's store."""

    tenant: Tenant
    user: User
    name: str
    host: str
    secrets: Sequence[str] = ()


def context_for(launch: Launching) -> dict[str, Any]:
    """Onyxia's names as far as they hold no credential, and our own below `datalab`.

    Left out, so that a chart falls back on its default: every password, token and key. Tools get
    their keys from `datalab.credentialsUri` and their secrets as files.
    """
    user, tenant = launch.user, launch.tenant
    name = user.get_full_name() or user.username
    return {
        "datalab": _datalab(launch),
        "user": {
            "idep": user.username,
            "name": name,
            "email": user.email,
            "lang": "en",
            "darkMode": False,
            "profile": {},
        },
        "project": {"id": tenant.slug},
        "service": {},
        "git": {"name": name, "email": user.email, "credentials_cache_duration": 0},
        "vault": {"VAULT_MOUNT": settings.VAULT_MOUNT, "VAULT_TOP_DIR": f"/{tenant.slug}"},
        "s3": _s3(),
        "region": {"allowedURIPattern": "^https://", "customValues": {}},
        "k8s": _cluster(launch),
    }


def secret_for(name: str, secrets: Sequence[str]) -> str:
    """The Secret of the cluster with the chosen secrets; empty where none holds them."""
    delivery: Delivery = settings.SECRET_DELIVERY
    return secret_name(name) if secrets and delivery is not Delivery.INJECTOR else ""


def public_host(host: str) -> str:
    """A service's own host, with the port where there is one."""
    return f"{host}.{settings.SERVICE_DOMAIN}"


def _datalab(launch: Launching) -> dict[str, Any]:
    tools: Mapping[str, str] = settings.TOOLS
    host = public_host(launch.host)
    return {
        "tenant": launch.tenant.slug,
        "owner": slug(launch.user.username),
        "service": launch.name,
        "host": host,
        "origin": f"{urlsplit(settings.ORIGIN).scheme}://{host}",
        "bucket": launch.tenant.bucket,
        "s3Endpoint": tools["s3_endpoint"],
        "region": tools["s3_region"],
        "credentialsUri": tools["credentials_uri"],
        "credentialsTokenFile": tools["credentials_token_file"],
        "relay": {
            "image": tools["relay_image"],
            "upstream": tools["relay_upstream"],
            "authority": tools["relay_authority"],
        },
        "secrets": list(launch.secrets),
        "secretName": secret_for(launch.name, launch.secrets),
        "vaultRole": service_role_name(launch.tenant.slug, launch.name),
        "vaultMount": settings.VAULT_MOUNT,
        "vaultAgent": {str(resource): text for resource, text in settings.INJECTED.items()},
    }


def _s3() -> dict[str, Any]:
    endpoint = urlsplit(settings.TOOLS["s3_endpoint"])
    return {
        "profileName": "default",
        "AWS_DEFAULT_REGION": settings.TOOLS["s3_region"],
        "AWS_S3_ENDPOINT": endpoint.netloc,
        "port": endpoint.port or (443 if endpoint.scheme == "https" else 80),
        "pathStyleAccess": True,
        "isAnonymous": False,
    }


def _cluster(launch: Launching) -> dict[str, Any]:
    """Names that charts make of these lie below the service's own host, nobody else's."""
    digest = hashlib.sha256(launch.host.encode()).digest()
    return {
        "domain": public_host(launch.host),
        "ingress": False,
        "route": False,
        "istio": {"enabled": False, "gateways": []},
        "randomSubdomain": str(int.from_bytes(digest[:4]) % 1_000_000),
        "useCertManager": False,
    }
