"""`make test`: all checks that need no cluster, side by side.

The tests of the whole platform are shown as they run. What else fails is shown whole afterwards,
and a table of what was done ends it. Arguments go to pytest, and then only the tests are run.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SECRET = "only for checks: " + "".join(map(chr, range(40, 100)))
DJANGO = {"DATALAB_PROFILE": "embedded", "DATALAB_SECRET_KEY": SECRET}
PRODUCTION = {
    "DATALAB_PROFILE": "production",
    "DATALAB_SECRET_KEY": SECRET,
    "DATALAB_ORIGIN": "https://datalab.example",
    "DATALAB_DATABASE_URL": "postgresql://datalab@db.example/datalab?sslmode=verify-full",
    "DATALAB_BROKER_URL": "rediss://queue.example/0",
    "DATALAB_OIDC_ISSUER": "https://identity.example",
    "DATALAB_OIDC_CLIENT_ID": "datalab",
    "DATALAB_GROUP_RULES": '[{"pattern": "datalab", "tenant": "acme", "role": "member"}]',
}


@dataclass(frozen=True, kw_only=True)
class Check:
    name: str
    command: Sequence[str]
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    name: str
    code: int
    seconds: float
    output: str = ""


ON_POSTGRES = (sys.executable, "-m", "tests.parts.postgres")
LINT = (
    *("--no-cache", "--sql-analyser", "postgresql", "--quiet", "ok", "ignore"),
    *("--exclude-apps", "auth", "contenttypes", "sessions", "oauth2_provider"),
    # Nothing is released yet, so no older code runs beside a new column that it does not fill.
    *("--exclude-migration-tests", "NOT_NULL"),
    *(
        "--warnings-as-errors",
        "RUNPYTHON_REVERSIBLE",
        "RUNSQL_REVERSIBLE",
        "RUNPYTHON_MODEL_IMPORT",
    ),
)
CHECKS = (
    Check(name="ruff", command=[str(BIN / "ruff"), "check", "--quiet", "."]),
    Check(name="format", command=[str(BIN / "ruff"), "format", "--quiet", "--check", "."]),
    Check(name="imports", command=[str(BIN / "lint-imports")]),
    Check(name="types", command=[str(BIN / "mypy")]),
    Check(name="page: types", command=["npm", "run", "typecheck"], folder=ROOT / "frontend"),
    Check(name="page: lint", command=["npm", "run", "lint"], folder=ROOT / "frontend"),
    Check(name="page: tests", command=["npm", "test"], folder=ROOT / "frontend"),
    Check(name="schema", command=[sys.executable, "scripts/schema.py"], environment=DJANGO),
    Check(name="charts", command=[sys.executable, "scripts/lint_charts.py"], environment=DJANGO),
    Check(
        name="deployment",
        command=[sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        environment=PRODUCTION,
    ),
    Check(
        name="migrations",
        command=[sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        environment=DJANGO,
    ),
    Check(
        name="migrations: lint",
        command=[*ON_POSTGRES, sys.executable, "manage.py", "lintmigrations", *LINT],
        environment={**DJANGO, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    ),
)
PYTEST = [sys.executable, "-m", "pytest"]
PARTS = Check(
    name="tests: parts", command=[*PYTEST, "--durations=10", "tests", "--ignore=tests/e2e"]
)
POSTGRES = Check(
    name="tests: PostgreSQL",
    command=[*ON_POSTGRES, *PYTEST, "-m", "not embedded", "tests/unit", "tests/contracts"],
)
"""What asks the database, once more. `make test ARGS=…` runs on SQLite alone."""
PLATFORM = Check(name="tests: platform", command=[*PYTEST, "--durations=15", "tests/e2e"])
"""It waits for other processes more than it computes, so the rest runs beside it, and gives way:
people's clicks in it have time limits."""
GIVING_WAY = ("nice", "-n", "10")


def main() -> int:
    arguments = sys.argv[1:]
    if arguments:
        return subprocess.run([*PYTEST, *arguments], cwd=ROOT, check=False).returncode
    with ThreadPoolExecutor(max_workers=2) as pool:
        checks = pool.submit(lambda: [run(check) for check in (*CHECKS, POSTGRES)])
        parts = pool.submit(run, PARTS)
        platform = run(PLATFORM, shown=True)
        outcomes = [*checks.result(), parts.result(), platform]
    for one in outcomes:
        if one.code and one.output:
            print(f"\n--- {one.name} ---\n{one.output}")
    print()
    for one in outcomes:
        print(f"  {'FAIL' if one.code else 'ok  '} {one.name} ({one.seconds:.0f} s)")
    print("  left out: what needs a Kubernetes cluster (make test-cluster)")
    return 1 if any(one.code for one in outcomes) else 0


def run(check: Check, *, shown: bool = False) -> Outcome:
    began = time.monotonic()
    environment = {**os.environ, **check.environment}
    path = [str(ROOT / ".cache" / "node" / "bin"), environment.get("PATH", "")]
    environment["PATH"] = os.pathsep.join(path)
    done = subprocess.run(
        [*(() if shown else GIVING_WAY), *check.command],
        cwd=check.folder,
        env=environment,
        stdout=None if shown else subprocess.PIPE,
        stderr=None if shown else subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    return Outcome(name=check.name, code=done.returncode, seconds=seconds, output=done.stdout or "")


if __name__ == "__main__":
    sys.exit(main())
