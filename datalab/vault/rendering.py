"""Chosen secrets as the files that a tool finds. Pure.

`env.sh` is byte for byte what the Vault Agent renders from the template in
charts_catalog/common/templates/_vault.tpl, so that a tool cannot tell the two apart.
"""

from collections.abc import Sequence

from datalab.providers.secrets.base import Secret

FOLDER = "/vault/secrets"
ENVIRONMENT = f"{FOLDER}/env.sh"


def render_files(secrets: Sequence[Secret]) -> dict[str, bytes]:
    """`env.sh` with all values, and one file for each name. Of two equal names the later wins."""
    values: dict[str, str] = {}
    lines: list[str] = []
    for secret in secrets:
        for name in sorted(secret.data):
            values[name] = secret.data[name]
            lines.append(f"export {name}={quoted(secret.data[name])}\n")
    files = {f"{FOLDER}/{name}": value.encode() for name, value in values.items()}
    return {**files, ENVIRONMENT: "".join(lines).encode()}


def quoted(value: str) -> str:
    """For a POSIX shell, whatever is in it."""
    return "'" + value.replace("'", "'\\''") + "'"
