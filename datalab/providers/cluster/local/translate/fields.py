"""A strict walk over a manifest: each field is used, noted as left out, or refused by name."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from datalab.core.errors import ProviderRefused
from datalab.core.quantities import parse

_EMPTY: tuple[object, ...] = (None, "", [], {})


def refused(detail: str) -> ProviderRefused:
    return ProviderRefused(detail, provider="cluster")


class Notes:
    """What was left out and why, one sentence per reason, in the order of the first mention."""

    def __init__(self) -> None:
        self._fields: dict[str, list[str]] = {}

    def add(self, reason: str, field: str = "") -> None:
        fields = self._fields.setdefault(reason, [])
        if field and field not in fields:
            fields.append(field)

    def sentences(self) -> list[str]:
        return [
            f"{reason} ({', '.join(fields)})." if fields else f"{reason}."
            for reason, fields in self._fields.items()
        ]


class Fields:
    """One mapping of a manifest.

    `where` names it in errors ("Deployment web, container app"). A field that is null counts as not
    given, as Kubernetes reads it. `close` refuses what nobody took.
    """

    def __init__(self, content: object, *, where: str, notes: Notes) -> None:
        if not isinstance(content, Mapping):
            raise refused(f"{where} is not a mapping.")
        self._left = {str(key): value for key, value in content.items() if value is not None}
        self.where = where
        self.notes = notes

    def has(self, key: str) -> bool:
        return key in self._left

    def names(self) -> list[str]:
        return list(self._left)

    def take(self, key: str, default: Any = None) -> Any:
        return self._left.pop(key, default)

    def text(self, key: str, default: str = "") -> str:
        """A string. Numbers and booleans are refused as the API server refuses them."""
        value = self.take(key, default)
        if not isinstance(value, str):
            raise refused(f"{self.where}: {key} is not a text.")
        return value

    def number(self, key: str, default: int) -> int:
        value = self.take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise refused(f"{self.where}: {key} is not a whole number.")
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise refused(f"{self.where}: {key} is neither true nor false.")
        return value

    def texts(self, key: str) -> list[str]:
        values = self.take(key, [])
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise refused(f"{self.where}: {key} is not a list of texts.")
        return list(values)

    def strings(self, key: str) -> dict[str, str]:
        """A mapping of texts, such as labels."""
        values = self.take(key, {})
        if not isinstance(values, Mapping) or not all(isinstance(v, str) for v in values.values()):
            raise refused(f"{self.where}: {key} is not a mapping of texts.")
        return {str(name): value for name, value in values.items()}

    def inner(self, key: str, *, where: str = "") -> "Fields":
        """The mapping below `key`, empty where it is not given."""
        return Fields(self.take(key, {}), where=where or f"{self.where}: {key}", notes=self.notes)

    def each(self, key: str, *, noun: str) -> list["Fields"]:
        """The list of mappings below `key`, each called after its `name` in errors."""
        items = self.take(key, [])
        if not isinstance(items, list):
            raise refused(f"{self.where}: {key} is not a list.")
        return [
            Fields(item, where=f"{self.where}, {noun} {_name(item, index)}", notes=self.notes)
            for index, item in enumerate(items)
        ]

    def leave_out(self, reason: str, *keys: str) -> None:
        """Ignore fields without which the tool works the same, and say so."""
        for key in keys:
            if self._left.pop(key, None) not in _EMPTY:
                self.notes.add(reason, key)

    def drop(self, *keys: str) -> None:
        """Ignore fields that only describe, or that are true here anyway."""
        for key in keys:
            self._left.pop(key, None)

    def refuse_unless(self, key: str, *allowed: object) -> None:
        value = self.take(key)
        if value not in _EMPTY and value not in allowed:
            raise refused(f"{self.where}: {key} cannot be {_shown(value)} on one machine.")

    def refuse_if_true(self, *keys: str) -> None:
        for key in keys:
            self.refuse_unless(key, False)

    def close(self) -> None:
        left = sorted(key for key, value in self._left.items() if value not in _EMPTY)
        if left:
            names = ", ".join(left)
            raise refused(f"{self.where}: {names} cannot be honoured on one machine.")


def quantity(written: object, *, where: str, what: str) -> Decimal:
    """A quantity such as 500m or 8Gi, or the refusal that says where it is none."""
    try:
        return parse(written if isinstance(written, str | int | float) else "")
    except ValueError:
        raise refused(f"{where}: {_shown(written)!r} is no {what}.") from None


def _name(item: object, index: int) -> str:
    name = item.get("name") if isinstance(item, Mapping) else None
    return str(name) if name else f"number {index + 1}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)[:60] if isinstance(value, str | int) else "set"
