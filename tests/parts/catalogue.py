"""A catalogue of small charts whose versions a test makes up."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SMALL = {"cpu": "500m", "memory": "1Gi"}
SIZES = {"resources": {"requests": SMALL, "limits": SMALL}}
STORAGE = {"persistence": {"enabled": True, "size": "10Gi", "keep": True}}


@dataclass(frozen=True, slots=True)
class Catalogue:
    folder: Path

    @property
    def source(self) -> dict[str, str]:
        """As settings.CATALOGS names it."""
        return {"id": "datalab", "name": "Datalab", "location": str(self.folder)}

    def add(
        self,
        version: str,
        *,
        name: str = "lab",
        options: dict[str, Any] | None = None,
        **values: Any,
    ) -> Path:
        """The chart at this version, written anew. `options` are what may be chosen besides sizes."""
        folder = self.folder / f"{name}-{version}"
        (folder / "templates").mkdir(parents=True, exist_ok=True)
        about = {"apiVersion": "v2", "name": name, "version": version}
        (folder / "Chart.yaml").write_text(yaml.safe_dump(about))
        defaults = {**SIZES, **STORAGE, **values}
        (folder / "values.yaml").write_text(yaml.safe_dump(defaults))
        (folder / "templates" / "all.yaml").write_text(f"# {version}\n")
        schema = _schema({**defaults, **dict.fromkeys(options or {})}, options or {})
        (folder / "values.schema.json").write_text(json.dumps(schema))
        return folder


def _schema(values: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Of the values as they are, but for what is said of some of the topmost."""
    properties = {key: options.get(key) or _node(value) for key, value in values.items()}
    return {"type": "object", "properties": properties, "additionalProperties": True}


def _node(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"type": "object", "properties": {k: _node(one) for k, one in value.items()}}
    if isinstance(value, bool):
        return {"type": "boolean"}
    return {"type": "string"}
