"""The platform's settings, with the tests' charts beside the catalogue."""

import faulthandler
import signal
from pathlib import Path

from datalab.config.settings import *  # noqa: F403
from datalab.config.settings import CATALOGS

_CHARTS = Path(__file__).resolve().parents[1] / "charts"
CATALOGS = [*CATALOGS, {"id": "tests", "name": "Tests", "location": str(_CHARTS)}]

# To its log, without ending it: what each thread does where a test waits for it in vain.
faulthandler.register(signal.SIGUSR2)
