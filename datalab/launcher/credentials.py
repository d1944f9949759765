"""placeholder"""

from datalab.launcher.models import Service


def files_for(service: Service) -> dict[str, bytes]:
    return {}


def forget(service: Service) -> None: ...
def refresh_secrets() -> None: ...
def refresh_secrets_of(tenant_id: str, path: str) -> None: ...
