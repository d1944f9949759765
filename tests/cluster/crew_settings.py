"""The platform's settings, with the tests' charts beside the catalogue."""

from pathlib import Path

from datalab.config.settings import *  # noqa: F403
from datalab.config.settings import CATALOGS

_CHARTS = Path(__file__).resolve().parents[1] / "charts"
CATALOGS = [*CATALOGS, {"id": "tests", "name": "Tests", "location": str(_CHARTS)}]
