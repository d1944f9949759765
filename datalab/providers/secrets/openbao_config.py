"""The configuration of the OpenBao server that the embedded platform starts. Pure text.

The server initializes itself on its first start: no root token and no recovery key ever exist.
If a request of `initialize` fails it refuses to unseal for ever: the data folder has to go.
https://openbao.org/docs/configuration/self-init/  https://openbao.org/docs/configuration/seal/static/
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from datalab.providers.secrets import policies

PLATFORM_SECRET_VARIABLE = "DATALAB_BAO_SECRET"  # noqa: S105 - a variable's name
OPERATOR_SECRET_VARIABLE = "DATALAB_BAO_OPERATOR_SECRET"  # noqa: S105
"""Both in the server's environment on its first start; it forgets them afterwards."""
PLATFORM_ROLE = "platform"
OPERATOR_ROLE = "operator"
PLATFORM_POLICY = "datalab-platform"
OPERATOR_POLICY = "datalab-operator"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    name: str
    path: str
    data: dict[str, object]


def server_config(
    *, address: str, storage: Path, key_file: Path, audit_log: Path, mount: str = "datalab"
) -> str:
    """The HCL text. `address` is `host:port` on loopback, all paths absolute.

    The server logs in its two AppRoles with `role_id` platform and operator.
    """
    head = f"""\
ui       = false
api_addr = {_quoted(f"http://{address}")}
storage "pebbledb" {{
  path = {_quoted(_absolute(storage))}
}}
listener "tcp" {{
  address     = {_quoted(address)}
  tls_disable = true
}}
seal "static" {{
  current_key_id = "embedded-1"
  current_key    = {_quoted(f"file://{_absolute(key_file)}")}
}}
audit "file" "datalab" {{
  options {{
    file_path = {_quoted(_absolute(audit_log))}
  }}
}}
initialize "datalab" {{
"""
    return head + "".join(_block(request) for request in _requests(mount)) + "}\n"


def write_unseal_key(path: Path) -> None:
    """Draw the key that seals everything, once: an existing one is never replaced.

    No newline at its end, or the server does not start. 0600, before it has any content.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(_KEY_BYTES))


def _requests(mount: str) -> list[_Request]:
    return [
        _Request(
            name="mount",
            path=f"sys/mounts/{mount}",
            data={"type": "kv", "options": {"version": "2"}},
        ),
        _Request(name="approle", path="sys/auth/approle", data={"type": "approle"}),
        _Request(
            name="platform-policy",
            path=f"sys/policies/acl/{PLATFORM_POLICY}",
            data={"policy": policies.platform_policy(mount)},
        ),
        _Request(
            name="operator-policy",
            path=f"sys/policies/acl/{OPERATOR_POLICY}",
            data={"policy": policies.operator_policy(mount)},
        ),
        _Request(
            name="token-role",
            path=f"auth/token/roles/{policies.TOKEN_ROLE}",
            data=policies.token_role(),
        ),
        *_app_role(PLATFORM_ROLE, PLATFORM_POLICY, PLATFORM_SECRET_VARIABLE),
        *_app_role(OPERATOR_ROLE, OPERATOR_POLICY, OPERATOR_SECRET_VARIABLE),
    ]


def _app_role(role: str, policy: str, variable: str) -> list[_Request]:
    from_environment = {"eval_type": "string", "eval_source": "env", "env_var": variable}
    return [
        _Request(
            name=f"{role}-role",
            path=f"auth/approle/role/{role}",
            data={
                "token_policies": [policy],
                "token_ttl": "20m",
                "role_id": role,
                "secret_id_bound_cidrs": ["127.0.0.1/32"],
            },
        ),
        _Request(
            name=f"{role}-secret",
            path=f"auth/approle/role/{role}/custom-secret-id",
            data={"secret_id": from_environment},
        ),
    ]


def _block(request: _Request) -> str:
    return (
        f"  request {_quoted(request.name)} {{\n"
        '    operation = "update"\n'
        f"    path      = {_quoted(request.path)}\n"
        f"    data      = {_hcl(request.data)}\n"
        "  }\n"
    )


def _hcl(value: object) -> str:
    """A value as HCL writes it: JSON, but for `key = value` in objects."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_hcl(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_hcl(one) for one in value) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    if "${" in text:
        raise ValueError("HCL would read ${ as a reference")
    return json.dumps(text)


def _absolute(path: Path) -> str:
    if not path.is_absolute():
        raise ValueError(f"{path} is not absolute")
    return str(path)
