"""What a tool sees of its chosen secrets, and what its Secret holds where there is one."""

import base64

from datalab.core.delivery import secret_name
from datalab.launcher.models import Service
from tests.cluster.identity.world import World


def files(world: World, service: Service, *names: str) -> list[str]:
    script = (
        f"import json; print(json.dumps([open('/vault/secrets/' + n).read() for n in {names}]))"
    )
    found: list[str] = world.python(service, script)
    return found


def variables(world: World, service: Service) -> dict[str, str]:
    """Of the tool's own process, as it says itself."""
    script = (
        "import urllib.request; "
        "print(urllib.request.urlopen('http://127.0.0.1:8888/').read().decode())"
    )
    found: dict[str, str] = world.python(service, script)
    return found


def kept(world: World, service: Service) -> dict[str, bytes] | None:
    """What the service's Secret holds; None where there is none."""
    at = f"/api/v1/namespaces/{service.tenant.namespace}/secrets/{secret_name(service.name)}"
    found = world.api.get(at)
    if found is None:
        return None
    return {key: base64.b64decode(value) for key, value in found.get("data", {}).items()}
