"""The operators' page has each value of the chart, and no other."""

import re
from collections.abc import Iterator

import yaml

from datalab.providers.cluster.kubernetes import rights
from tests.unit.deploy.rendering import CHART, ROOT, Json

PAGE = ROOT / "docs" / "operators" / "kubernetes.md"
PARTS = ("portal", "gate", "worker", "beat", "watcher", "migration", "door")
REPLICATED = ("portal", "gate", "worker", "watcher", "door")
WHOLE = {"resources"}
"""Values whose parts are Kubernetes' own."""


def values(of: Json, prefix: str = "") -> Iterator[str]:
    for name, value in of.items():
        if isinstance(value, dict) and value and name not in WHOLE:
            yield from values(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def described() -> set[str]:
    page = PAGE.read_text()
    table = page[page.index("## Every value") :]
    found: set[str] = set()
    for row in re.findall(r"^\| (`.+?) \|", table, re.M):
        first, *rest = re.findall(r"`([^`]+)`", row)
        before = first.rpartition(".")[0]
        found |= {first, *(f"{before}{one}" if one.startswith(".") else one for one in rest)}
    return found


def test_every_value_is_in_the_table() -> None:
    ours = yaml.safe_load((CHART / "values.yaml").read_text())
    secrets = set(ours["secrets"])
    wanted = {
        f"secrets.{name.split('.')[1]}" if name.startswith("secrets.") else name
        for name in values(ours)
    }
    told: set[str] = set()
    for name in described():
        parts = REPLICATED if name.endswith(".replicas") else PARTS
        told |= {name.replace("<part>", part) for part in parts} if "<part>" in name else {name}
    told -= {name for name in told if "<name>" in name}
    assert {f"secrets.{name}" for name in secrets} <= told
    assert told == wanted


def test_every_right_is_explained() -> None:
    page = PAGE.read_text().lower()
    for right in [*rights.LOOKING, *(one for each in rights.PARTS.values() for one in each)]:
        word = {"pods/log": "logs", "persistentvolumeclaims": "claims"}.get(
            right.resource, right.resource
        )
        assert word in page, right
