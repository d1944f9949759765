"""Where charts come from: the catalogues of settings.CATALOGS, read from their folders."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
import yaml
from django.conf import settings

from datalab.catalog.schema import resolve_schema
from datalab.core.errors import NotFound, ProviderRefused
from datalab.core.names import is_label
from datalab.core.semver import Version

log = structlog.get_logger(__name__)

_LARGEST_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartVersion:
    """One chart at one version. `schema` has no references left; `defaults` is its values.yaml.

    `digest` names the files of a kept one, see catalog.kept; empty: they may change.
    """

    catalog: str
    name: str
    version: str
    folder: Path
    title: str
    description: str = ""
    category: str = ""
    app_version: str = ""
    home: str = ""
    deprecated: bool = False
    digest: str = ""
    keywords: Sequence[str] = ()
    sources: Sequence[str] = ()
    schema: Mapping[str, Any] = field(default_factory=dict, repr=False)
    defaults: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def readme(self) -> str:
        """Markdown; empty where the chart has none."""
        return _text(self.folder / "README.md")

    @property
    def icon(self) -> str:
        """An SVG drawing; empty where the chart has none."""
        return _text(self.folder / "icon.svg")

    @property
    def order(self) -> Version:
        return Version.parse(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """`charts` are newest first for each name, sorted by name."""

    id: str
    name: str
    description: str = ""
    charts: Sequence[ChartVersion]


_loaded: dict[str, tuple[object, Catalog]] = {}


def catalogs() -> list[Catalog]:
    """All catalogues, read again where a file of theirs has changed."""
    return [_catalog(one) for one in settings.CATALOGS]


def find_chart(catalog: str, chart: str, version: str | None) -> ChartVersion:
    """`version` None: the default one. NotFound where there is none."""
    known = versions_of(catalog, chart)
    if version is None:
        return default_version(known)
    for one in known:
        if version == one.version:
            return one
    raise NotFound(f"{chart} has no version {version[:50]} in this catalogue.")


def default_version(versions: Sequence[ChartVersion]) -> ChartVersion:
    """Of at least one, newest first: the newest that is no pre-release, else the newest."""
    return next((one for one in versions if not one.order.is_prerelease), versions[0])


def versions_of(catalog: str, chart: str) -> list[ChartVersion]:
    """Newest first, at least one."""
    for one in catalogs():
        if one.id == catalog:
            known = [version for version in one.charts if version.name == chart]
            if known:
                return known
    raise NotFound("There is no such chart in the catalogue.")


def newer_than(version: str, versions: Sequence[ChartVersion]) -> ChartVersion | None:
    """What somebody who has `version` may be offered: the default one, where it is newer."""
    offered = default_version(versions)
    return offered if offered.order > Version.parse(version) else None


def _catalog(source: Mapping[str, Any]) -> Catalog:
    folder = Path(source["location"])
    now = _signature(folder)
    known = _loaded.get(source["id"])
    if known is None or known[0] != now:
        known = (now, _load(source, folder))
        _loaded[source["id"]] = known
    return known[1]


def _signature(folder: Path) -> tuple[str, tuple[tuple[str, int, int], ...]]:
    """Changes when a file that is read here does. What is rendered is looked at by the engine."""
    names = ("Chart.yaml", "values.yaml", "values.schema.json")
    stats = [
        (str(file), stat.st_mtime_ns, stat.st_size)
        for name in names
        for file in sorted(folder.glob(f"*/{name}"))
        for stat in (file.stat(),)
    ]
    return str(folder), tuple(stats)


def _load(source: Mapping[str, Any], folder: Path) -> Catalog:
    excluded = {str(name).lower() for name in source.get("excluded", [])}
    charts = [
        chart
        for file in sorted(folder.glob("*/Chart.yaml"))
        if (chart := _readable(source["id"], file.parent)) is not None
        and chart.name.lower() not in excluded
    ]
    charts.sort(key=lambda chart: chart.order, reverse=True)
    charts.sort(key=lambda chart: chart.name)
    return Catalog(
        id=source["id"],
        name=source.get("name", source["id"]),
        description=source.get("description", ""),
        charts=tuple(charts),
    )


def _readable(catalog: str, folder: Path) -> ChartVersion | None:
    """One broken chart must not take the others with it: it is logged and left out."""
    try:
        return read_chart(catalog, folder)
    except (ProviderRefused, yaml.YAMLError, json.JSONDecodeError, KeyError, ValueError) as exc:
        log.warning("chart_unreadable", catalog=catalog, folder=folder.name, problem=str(exc))
        return None


def read_chart(catalog: str, folder: Path) -> ChartVersion | None:
    """None for a library, which cannot be launched."""
    meta = _mapping(yaml.safe_load(_text(folder / "Chart.yaml")))
    if meta.get("type") == "library":
        return None
    name = str(meta["name"])
    if not is_label(name):
        raise ValueError("the chart's name is no DNS label")
    notes = _mapping(meta.get("annotations") or {})
    schema = _text(folder / "values.schema.json")
    chart = ChartVersion(
        catalog=catalog,
        name=name,
        version=str(meta["version"]),
        folder=folder.resolve(),
        title=str(notes.get("datalab.io/title", name)),
        description=str(meta.get("description", "")),
        category=str(notes.get("datalab.io/category", "")),
        app_version=str(meta.get("appVersion", "")),
        home=str(meta.get("home", "")),
        deprecated=bool(meta.get("deprecated", False)),
        keywords=tuple(map(str, meta.get("keywords") or [])),
        sources=tuple(map(str, meta.get("sources") or [])),
        schema=resolve_schema(_mapping(json.loads(schema))) if schema else {},
        defaults=_mapping(yaml.safe_load(_text(folder / "values.yaml")) or {}),
    )
    Version.parse(chart.version)
    return chart


def _mapping(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError("a mapping is expected")  # noqa: TRY004 - a chart's text, no programmer's
    return found


def _text(file: Path) -> str:
    if not file.is_file():
        return ""
    if file.stat().st_size > _LARGEST_FILE:
        raise ValueError(f"{file.name} is too large")
    return file.read_text(encoding="utf-8")
