"""How chosen secrets reach a tool that is a pod."""

from enum import StrEnum


class Delivery(StrEnum):
    """The installation's choice. On one machine there is none: the platform writes the files."""

    INJECTOR = "injector"
    """The Vault Agent injector renders them in the pod; they lie in no object of the cluster."""
    EXTERNAL_SECRETS = "external-secrets"
    """The External Secrets operator fetches them as the service, into a Secret."""
    KUBERNETES_SECRET = "kubernetes-secret"  # noqa: S105 - a way's name
    """The platform reads them as the service, and keeps a Secret."""


ENDING = ".secrets"


def secret_name(release: str) -> str:
    """Of the Secret with a release's chosen secrets: each key a file below /vault/secrets.

    With a dot, which no release has in its name: so no chart may bring a Secret with this ending.
    """
    return f"{release}{ENDING}"
