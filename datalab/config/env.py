"""Reading the environment loudly: a wrong setting stops the process at its start."""

import json
import os
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any


class WrongSetting(SystemExit):
    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise WrongSetting(name, "is not set")
    return value


def secret(name: str, default: str | None = None) -> str:
    """From NAME, or from the file that NAME_FILE names (a mounted secret)."""
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else text(name, default)


def integer(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    if not value:
        return default
    if not value.isdecimal():
        raise WrongSetting(name, f"{value!r} is not a whole number")
    return int(value)


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").lower()
    if value not in {"", "0", "1", "false", "true", "no", "yes"}:
        raise WrongSetting(name, f"{value!r} is neither yes nor no")
    return value in {"1", "true", "yes"} if value else default


def choice(name: str, default: str, allowed: Iterable[str]) -> str:
    value = os.environ.get(name, "") or default
    if value not in set(allowed):
        raise WrongSetting(name, f"{value!r} is none of {', '.join(sorted(allowed))}")
    return value


def words(name: str, default: str = "") -> list[str]:
    return [word for word in os.environ.get(name, default).split(",") if word]


def networks(name: str, default: str = "") -> list[IPv4Network | IPv6Network]:
    """Such as `10.0.0.0/8,fc00::/7`."""
    try:
        return [ip_network(word.strip()) for word in words(name, default)]
    except ValueError as error:
        raise WrongSetting(name, str(error)) from None


def parsed(name: str, default: Any) -> Any:
    """A JSON document, in NAME or in the file that NAME_FILE names."""
    value = secret(name, "")
    if not value:
        return default
    try:
        return json.loads(value)
    except ValueError as error:
        raise WrongSetting(name, f"is not JSON: {error}") from None
