"""Traefik's configuration, as values: the embedded platform writes them down as JSON. Pure.

One router for all tools: the gate answers for each request, its relay carries it. So no route
comes and goes with a service, and nothing is open that cannot be cut.
https://doc.traefik.io/traefik/reference/install-configuration/configuration-options/
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datalab.gate import tickets
from datalab.gate.addresses import AUTH

Config = Mapping[str, Any]

ANSWERED_BY_GATE = (
    r"^/api/v1/tenants/[^/]+/(events|services/[^/]+/events|services/[^/]+/logs/follow)$"
)


def static_config(*, port: int, routes_dir: Path, log_level: str = "WARN") -> Config:
    """What Traefik reads once. `routes_dir` holds what `dynamic_config` gives."""
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": log_level},
        "entryPoints": {
            "web": {
                "address": f"127.0.0.1:{port}",
                "http": {
                    "sanitizePath": True,
                    # Else `X_Datalab_User` reaches a tool as it was sent.
                    "aliasHeadersStrategy": "delete",
                    # `%2F` stays: Jupyter's and S3's paths use it.
                    "encodedCharacters": {
                        "allowEncodedNullCharacter": False,
                        "allowEncodedBackSlash": False,
                    },
                },
                # The default of 60 s would end long uploads.
                "transport": {"respondingTimeouts": {"readTimeout": "0s"}},
            }
        },
        "providers": {
            "providersThrottleDuration": "100ms",
            "file": {"directory": str(routes_dir), "watch": True},
        },
    }


def dynamic_config(
    *, portal_port: int, gate_port: int, relay_port: int, hostname: str = "localhost"
) -> Config:
    """All routes. `hostname` is the page's, without a port; tools are below it."""
    return {
        "http": {
            "routers": _routers(hostname),
            "middlewares": {"gate": {"forwardAuth": _forward_auth(gate_port)}},
            "services": {
                "portal": _service(portal_port, "parts"),
                "gate": _service(gate_port, "parts"),
                "tools": _service(relay_port, "relay"),
            },
            "serversTransports": {
                "parts": {"forwardingTimeouts": {"dialTimeout": "5s"}},
                # One request on a connection: the relay reads the first head, and no other.
                "relay": {
                    "maxIdleConnsPerHost": -1,
                    "disableHTTP2": True,
                    "forwardingTimeouts": {"dialTimeout": "5s", "responseHeaderTimeout": "0s"},
                },
            },
        }
    }


def _routers(hostname: str) -> dict[str, Any]:
    page = f"Host(`{hostname}`)"
    label = "[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
    tools = rf"HostRegexp(`^{label}\.{re.escape(hostname)}$`)"
    return {
        "events": _router(f"{page} && PathRegexp(`{ANSWERED_BY_GATE}`)", "gate", 300),
        "portal": _router(
            f"{page} && !PathPrefix(`/internal`) && !Path(`/metrics`)", "portal", 200
        ),
        "tools": {**_router(tools, "tools", 100), "middlewares": ["gate"]},
    }


def _router(rule: str, service: str, priority: int) -> dict[str, Any]:
    return {"rule": rule, "service": service, "priority": priority, "entryPoints": ["web"]}


def _forward_auth(gate_port: int) -> dict[str, Any]:
    return {
        "address": f"http://127.0.0.1:{gate_port}{AUTH}",
        # The entry point trusts nobody, so these are Traefik's own by now.
        "trustForwardHeader": True,
        # Each is taken out of the request and put back only as the gate gives it.
        "authResponseHeaders": [tickets.HEADER, "X-Datalab-User", "Cookie", "Authorization"],
        "maxResponseBodySize": 65536,
        "preserveLocationHeader": True,
    }


def _service(port: int, transport: str) -> dict[str, Any]:
    return {
        "loadBalancer": {
            "servers": [{"url": f"http://127.0.0.1:{port}"}],
            "serversTransport": transport,
            "passHostHeader": True,
        }
    }
