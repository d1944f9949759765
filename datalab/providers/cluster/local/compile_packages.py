"""Byte-compiles an environment, package by package, and says how far it is.

Run by the environment's own Python with the folder of its packages as the only argument, because
another version's .pyc files are of no use to it. So nothing of Datalab may be imported here.
What does not compile is left alone, as installers do: some packages carry files for other versions.
"""

import compileall
import concurrent.futures
import multiprocessing
import os
import sys
from pathlib import Path

_QUIET = 2


def main(site: Path) -> None:
    # Read-only later, so Python could not keep what it compiles; largest first, to end together.
    packages = sorted(_packages(site), key=_weight, reverse=True)
    print(f"Compiling {len(packages)} packages", flush=True)  # noqa: T201 - read by the builder
    # Not fork's default start method from 3.14 on, and needed: a child starts in a millisecond.
    context = multiprocessing.get_context("fork")
    processes = len(os.sched_getaffinity(0))
    with concurrent.futures.ProcessPoolExecutor(processes, mp_context=context) as pool:
        under_way = {pool.submit(_compile, package): package for package in packages}
        for done in concurrent.futures.as_completed(under_way):
            done.result()
            print(f"Compiled {under_way[done].stem}", flush=True)  # noqa: T201


def _packages(site: Path) -> list[Path]:
    """What can be imported: folders with Python in them, and single modules."""
    folders = [path for path in site.iterdir() if path.is_dir() and path.name != "__pycache__"]
    return [*(path for path in folders if any(path.rglob("*.py"))), *site.glob("*.py")]


def _weight(package: Path) -> int:
    return sum(path.stat().st_size for path in package.rglob("*.py")) or package.stat().st_size


def _compile(package: Path) -> None:
    if package.is_dir():
        compileall.compile_dir(package, quiet=_QUIET, maxlevels=50)
    else:
        compileall.compile_file(package, quiet=_QUIET)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
