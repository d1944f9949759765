"""A wrong setting stops the process at its start, with an id and a hint."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from datalab.accounts.profile import parse_rules
from datalab.audit.append_only import KEPT_AT_LEAST_DAYS
from datalab.catalog.preset_rules import parse_presets
from datalab.config.broker import FOLDER
from datalab.core.delivery import Delivery
from datalab.core.quantities import to_units
from datalab.providers.cluster.kubernetes.namespace import parse_borders

_HERE = {"", "localhost", "127.0.0.1", "::1"}
_ASYMMETRIC = ("RS", "ES", "PS", "Ed")


@register(Tags.security)
def check_sign_in(app_configs: Sequence[Any] | None, **kwargs: object) -> list[CheckMessage]:
    del app_configs, kwargs
    found = [*_issuer(), *_client(), *_groups(), *_threads(), *_database(), *_broker()]
    return [*found, *_tools(), *_presets(), *_audit()]


@register(Tags.security, deploy=True)
def check_database_is_known(
    app_configs: Sequence[Any] | None, **kwargs: object
) -> list[CheckMessage]:
    del app_configs, kwargs
    database = settings.DATABASES["default"]
    mode = database["OPTIONS"].get("sslmode")
    if database["HOST"] in _HERE or database["HOST"].startswith("/") or mode == "verify-full":
        return []
    hint = "Add ?sslmode=verify-full&sslrootcert=FILE to DATALAB_DATABASE_URL."
    message = "Whoever answers in the database's place is believed, and told its password."
    return [checks.Warning(message, hint=hint, id="datalab.W001")]


def _issuer() -> list[CheckMessage]:
    if not settings.OIDC_ISSUER:
        return [
            _error(1, "No identity provider is set.", "Set DATALAB_OIDC_ISSUER to its address.")
        ]
    parts = urlsplit(settings.OIDC_ISSUER)
    if parts.query or parts.fragment or parts.scheme not in {"http", "https"} or not parts.netloc:
        return [
            _error(2, "DATALAB_OIDC_ISSUER is no issuer's address.", "Copy it from the provider.")
        ]
    is_here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme == "http" and not is_here:
        return [_error(3, "DATALAB_OIDC_ISSUER is not https.", "Tokens would travel in the clear.")]
    return []


def _client() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.OIDC_RP_CLIENT_ID:
        found.append(_error(4, "No OIDC client is set.", "Set DATALAB_OIDC_CLIENT_ID."))
    if "openid" not in settings.OIDC_RP_SCOPES.split():
        found.append(
            _error(5, "DATALAB_OIDC_SCOPES lacks openid.", "Add it: 'openid email profile'.")
        )
    if not settings.OIDC_RP_SIGN_ALGO.startswith(_ASYMMETRIC):
        found.append(
            _error(6, "DATALAB_OIDC_ALGORITHM needs a shared key.", "Use RS256, PS256 or ES256.")
        )
    return found


def _groups() -> list[CheckMessage]:
    try:
        rules = parse_rules(settings.GROUP_RULES)
    except (ValueError, TypeError, AttributeError) as error:
        hint = 'A list of {"pattern": …, "tenant": …, "role": …}.'
        return [_error(7, f"DATALAB_GROUP_RULES is wrong: {error}", hint)]
    if not rules:
        hint = 'For example [{"pattern": "datalab-admins", "role": "platform-admin"}].'
        return [_error(8, "DATALAB_GROUP_RULES is empty: nobody could sign in.", hint)]
    return []


def _threads() -> list[CheckMessage]:
    if settings.EMBEDDED and settings.PORTAL_THREADS < 2 * settings.BACK_CHANNEL_SLOTS:
        hint = f"Set DATALAB_PORTAL_THREADS to {2 * settings.BACK_CHANNEL_SLOTS} or more."
        return [_error(9, "Sign-ins could wait for each other's threads for ever.", hint)]
    return []


def _database() -> list[CheckMessage]:
    if settings.EMBEDDED or settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return []
    hint = "Set DATALAB_DATABASE_URL to postgresql://USER@HOST:PORT/NAME."
    return [_error(10, "No database is set: what is in a file here would be lost.", hint)]


def _broker() -> list[CheckMessage]:
    if settings.EMBEDDED or settings.CELERY_BROKER_URL != FOLDER:
        return []
    hint = "Set DATALAB_BROKER_URL to redis://HOST:6379/0, or to amqp://USER@HOST/VHOST."
    return [_error(11, "No broker is set: a queue in a folder reaches this machine alone.", hint)]


def _tools() -> list[CheckMessage]:
    """What tools on a cluster need of the platform."""
    found: list[CheckMessage] = []
    files = (settings.CREDENTIALS_CERTIFICATE, settings.CREDENTIALS_KEY)
    if settings.CREDENTIALS_PORT and not all(files):
        hint = "Set DATALAB_CREDENTIALS_CERTIFICATE and DATALAB_CREDENTIALS_KEY to files."
        found.append(_error(50, "The keys of buckets would travel in the clear.", hint))
    upstream = urlsplit(settings.TOOLS["relay_upstream"])
    if settings.TOOLS["relay_image"] and (upstream.scheme != "https" or upstream.path.strip("/")):
        hint = "Set DATALAB_CREDENTIALS_RELAY_UPSTREAM to https://HOST:PORT of the gate."
        found.append(_error(51, "The relay beside tools has nobody to ask.", hint))
    return [*found, *_injected()]


def _injected() -> list[CheckMessage]:
    try:
        units = [to_units(resource, text) for resource, text in settings.INJECTED.items()]
    except ValueError as error:
        return [_error(52, f"What the injector adds is no quantity: {error}.", "For example 250m.")]
    if not all(units):
        hint = "Set DATALAB_INJECTED_CPU and DATALAB_INJECTED_MEMORY."
        return [_error(52, "What the injector adds would count as nothing.", hint)]
    return []


def _presets() -> list[CheckMessage]:
    try:
        parse_presets(settings.PRESETS)
    except ValueError as error:
        hint = "docs/operators/presets.md has every key, with examples."
        return [_error(60, f"DATALAB_PRESETS is wrong: {error}.", hint)]
    return []


def _audit() -> list[CheckMessage]:
    if 0 < settings.AUDIT_KEEP_DAYS < KEPT_AT_LEAST_DAYS:
        hint = f"Set DATALAB_AUDIT_KEEP_DAYS to 0 (for ever), or {KEPT_AT_LEAST_DAYS} or more."
        return [_error(30, "The audit would forget what has just happened.", hint)]
    return []


@register(Tags.security)
def check_cluster(app_configs: Sequence[Any] | None, **kwargs: object) -> list[CheckMessage]:
    del app_configs, kwargs
    if settings.CLUSTER != "kubernetes":
        return []
    return [*_kubeconfig(settings.KUBECONFIG), *_borders(), *_delivery()]


def _delivery() -> list[CheckMessage]:
    """What External Secrets cannot do without. The injector has its own address of the store."""
    store = settings.PROVIDERS["secrets"].get("options", {})
    if settings.SECRET_DELIVERY is Delivery.EXTERNAL_SECRETS and not store.get("kubernetes_auth"):
        hint = "Set DATALAB_VAULT_KUBERNETES_AUTH, or another DATALAB_SECRET_DELIVERY."
        return [_error(43, "The External Secrets operator could not sign in for a tool.", hint)]
    return []


def _kubeconfig(path: str) -> list[CheckMessage]:
    """With what is in it somebody can do all that the platform can."""
    if not path:
        return []
    try:
        found = Path(path).stat()
    except OSError:
        return [_error(40, "DATALAB_KUBECONFIG is no file.", "Name the file with its whole path.")]
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        hint = f"chown it to the platform's own user, and chmod 600 {path}"
        return [_error(41, "Others may read or change DATALAB_KUBECONFIG.", hint)]
    return []


def _borders() -> list[CheckMessage]:
    try:
        parse_borders(settings.PROVIDERS["cluster"]["options"]["borders"])
    except ValueError as error:
        hint = (
            "DATALAB_TENANT_OPENINGS, DATALAB_TENANT_BLOCKED_NETWORKS, DATALAB_TENANT_ACCOUNTS, "
            "DATALAB_FRONT_DOOR_NAMESPACES and DATALAB_GPU_NAMES are in docs/operators."
        )
        return [_error(42, f"The borders of tenants' namespaces are wrong: {error}.", hint)]
    return []


def _error(number: int, message: str, hint: str) -> Error:
    return Error(message, hint=hint, id=f"datalab.E{number:03}")
