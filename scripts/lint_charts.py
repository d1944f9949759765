"""`helm lint --strict` for every chart of the catalogue, and for the platform's own with each example."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datalab.config.settings")
    os.environ.setdefault("DATALAB_SECRET_KEY", "only for looking at charts")
    os.environ["DATALAB_STATE_DIR"] = str(ROOT / ".cache" / "helm")
    from datalab.core.errors import ProviderUnavailable  # noqa: PLC0415
    from datalab.providers.charts import binary  # noqa: PLC0415 - needs the settings above

    try:
        helm = binary.find_helm()
    except ProviderUnavailable:
        helm = binary.install_helm(binary.installed_helm())
    charts = [str(file.parent) for file in sorted((ROOT / "charts_catalog").glob("*/Chart.yaml"))]
    examples = sorted((ROOT / "deploy" / "values").glob("*.yaml"))
    own = [[str(ROOT / "deploy" / "chart"), "--values", str(example)] for example in examples]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HELM_CACHE_HOME": home, "HELM_CONFIG_HOME": home}
        done = [
            subprocess.run(
                [str(helm), "lint", "--strict", "--quiet", *words], env=environment, check=False
            )
            for words in (charts, *own)
        ]
    return max(one.returncode for one in done)


if __name__ == "__main__":
    sys.exit(main())
