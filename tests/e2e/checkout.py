"""A checkout of its own: the same code beside a catalogue that a test makes up."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.platform import ROOT

NOTES = ROOT / "tests" / "charts" / "notes"
PREPARED = "jupyter"
"""The folder whose environment `up` prepares: a launch of what is in it does not wait."""


class Checkout:
    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="datalab-checkout-"))
        self.root.chmod(0o755)
        shutil.copytree(ROOT / "datalab", self.root / "datalab")
        for name in ("frontend", "requirements"):
            (self.root / name).symlink_to(ROOT / name)

    def offer(
        self, version: str, *, folder: str = "", colours: Sequence[str] = (), **values: Any
    ) -> None:
        """The chart of notes at this version, with other values, from which colours to choose."""
        chart = shutil.copytree(NOTES, self.root / "draft")
        _change(chart / "Chart.yaml", version=version)
        _change(chart / "values.yaml", **values)
        if colours:
            file = chart / "values.schema.json"
            schema = json.loads(file.read_text())
            schema["properties"]["colour"]["enum"] = list(colours)
            file.write_text(json.dumps(schema))
        # Whole, or somebody would find it half made.
        catalogue = self.root / "charts_catalog"
        catalogue.mkdir(exist_ok=True)
        chart.rename(catalogue / (folder or version))

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)


def _change(file: Path, **fields: Any) -> None:
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **fields}))
