"""The OpenAPI schema as the code has it: compared with the one that is checked in, or written.

scripts/schema.py            exit code 1 where they differ
scripts/schema.py --write    writes it, and the page's client from it
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "frontend" / "openapi.json"


def main() -> int:
    if "--write" in sys.argv[1:]:
        generate(SCHEMA)
        npm = ["npm", "run", "--silent", "generate"]
        subprocess.run(npm, cwd=ROOT / "frontend", check=True)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "openapi.json"
        generate(fresh)
        if fresh.read_text() == SCHEMA.read_text():
            return 0
    sys.stderr.write("The API has changed: run `make schema` and commit what it writes.\n")
    return 1


def generate(file: Path) -> None:
    command = [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn"]
    environment = {
        **os.environ,
        "DATALAB_PROFILE": "embedded",
        "DATALAB_SECRET_KEY": "only for the schema",
    }
    subprocess.run(
        [*command, "--format", "openapi-json", "--file", str(file)],
        cwd=ROOT,
        env=environment,
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())
