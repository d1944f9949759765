"""The outside world, built once from settings.PROVIDERS."""

from functools import cache
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from datalab.providers.charts.base import ChartEngine
from datalab.providers.cluster.base import ClusterRuntime
from datalab.providers.identity.base import IdentityProvider
from datalab.providers.mail.base import MailSender
from datalab.providers.objects.base import ObjectStore
from datalab.providers.secrets.base import SecretStore
from datalab.providers.webhooks.base import WebhookSender
from datalab.providers.workloads.base import WorkloadIdentity


def cluster_runtime() -> ClusterRuntime:
    return cast("ClusterRuntime", _build("cluster"))


def chart_engine() -> ChartEngine:
    return cast("ChartEngine", _build("charts"))


def secret_store() -> SecretStore:
    return cast("SecretStore", _build("secrets"))


def object_store() -> ObjectStore:
    return cast("ObjectStore", _build("objects"))


def webhook_sender() -> WebhookSender:
    return cast("WebhookSender", _build("webhooks"))


def mail_sender() -> MailSender | None:
    """None where the operator has set no mail server."""
    return cast("MailSender", _build("mail")) if "mail" in settings.PROVIDERS else None


def identity_provider() -> IdentityProvider:
    return cast("IdentityProvider", _build("identity"))


def workload_identity() -> WorkloadIdentity | None:
    """None where tools are no pods: they have tokens of the platform."""
    if "workloads" not in settings.PROVIDERS:
        return None
    return cast("WorkloadIdentity", _build("workloads"))


@cache
def _build(name: str) -> Any:
    provider: dict[str, Any] = settings.PROVIDERS[name]
    return import_string(provider["class"])(**provider.get("options", {}))
