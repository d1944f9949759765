"""What is wrong with this machine, and how to mend it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table
from rich.text import Text

from datalab.core.errors import ProviderRefused
from datalab.embedded.installation import ROOT, Installation
from datalab.embedded.ports import is_free
from datalab.embedded.supervision import Supervisor
from datalab.providers.cluster.local.agent.spawning import find_bubblewrap
from datalab.providers.cluster.local.interpreter import find_interpreter
from datalab.providers.cluster.local.limits import find_groups, missing_limits

_DISK_NEEDED = 5 * 1024**3
_DISK_LEAST = 1024**3
"""Below it databases fail; between the two what is there can be used, and little be added."""
_MEMORY_NEEDED = 2 * 1024**3
_SECONDS = 10
_OLDEST_PYTHON = (3, 11)
_CLOCK_SLACK = 60.0


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warning"
    FAIL = "fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`mend` says what to do; empty where all is well."""

    title: str
    verdict: Verdict
    seen: str
    mend: str = ""


Check = Callable[[Installation], Finding]
_STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def show(installation: Installation, console: Console) -> int:
    """All checks. The exit code is 1 where something essential fails."""
    findings = [check(installation) for check in (*ESSENTIAL, *FURTHER)]
    table = Table.grid(padding=(0, 2))
    for one in findings:
        seen = Text(one.seen)
        if one.mend:
            seen.append(f"\n{one.mend}", style="bold")
        table.add_row(Text(one.verdict.value, style=_STYLES[one.verdict]), one.title, seen)
    console.print(table)
    failed = [one for one in findings if one.verdict is Verdict.FAIL]
    if failed:
        console.print(f"\n{len(failed)} of {len(findings)} checks fail: `make up` will not work.")
    return 1 if failed else 0


def essentials(installation: Installation, console: Console) -> bool:
    """What `up` needs: says only what fails, and how to mend it."""
    failed = [
        found for check in ESSENTIAL if (found := check(installation)).verdict is Verdict.FAIL
    ]
    for one in failed:
        console.print(f"[red]{one.title}:[/red] {one.seen} {one.mend}", highlight=False)
    return not failed


def python(_: Installation) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= _OLDEST_PYTHON:
        return _ok("Python", version)
    return _fail("Python", f"{version}.", "Install Python 3.11 or later, then `make up` again.")


def port(installation: Installation) -> Finding:
    title = "Front door's port"
    if Supervisor(installation).process is not None:
        return _ok(title, f"{installation.port}, in use by this platform")
    if is_free(installation.port):
        return _ok(title, f"{installation.port} is free")
    return _fail(
        title,
        f"port {installation.port} is taken by another program.",
        f"Stop that program, or choose another port: DATALAB_PORT={installation.port + 1} make up",
    )


def sandbox(_: Installation) -> Finding:
    """By starting one, with the kinds of namespaces that tools get."""
    title = "Sandbox (user namespaces)"
    program = find_bubblewrap()
    if program is None:
        return _fail(title, "bubblewrap is missing.", "Run `make up` again: it installs it.")
    command = [str(program), "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"]
    command += ["--ro-bind", "/", "/", "--", "/bin/true"]
    if os.geteuid() == 0:
        nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
        command = ["/usr/bin/setpriv", *nobody, "--", *command]
    try:
        tried = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return _fail(title, f"{error}.", "See the documentation of your distribution.")
    if tried.returncode == 0:
        return _ok(title, "works")
    return _fail(
        title,
        f"{tried.stderr.strip()[:200]}.",
        "Allow unprivileged user namespaces: sysctl kernel.unprivileged_userns_clone=1 (Debian), "
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu).",
    )


def interpreter(_: Installation) -> Finding:
    title = "Python for the tools"
    try:
        found = find_interpreter()
    except ProviderRefused as refusal:
        return _fail(title, refusal.detail, "")
    return _ok(title, f"{found.version} ({found.program})")


def disk(installation: Installation) -> Finding:
    folder = next(one for one in (installation.state, *installation.state.parents) if one.exists())
    free = shutil.disk_usage(folder).free
    seen = f"{free / 1024**3:.0f} GiB free below {folder}"
    if free >= _DISK_NEEDED:
        return _ok("Disk", seen)
    mend = "Tools' environments need 5 GiB: make room, or set DATALAB_STATE_DIR."
    return (_warn if free >= _DISK_LEAST else _fail)("Disk", f"{seen}.", mend)


def memory(_: Installation) -> Finding:
    available = psutil.virtual_memory().available
    seen = f"{available / 1024**3:.1f} GiB available"
    if available >= _MEMORY_NEEDED:
        return _ok("Memory", seen)
    return _warn("Memory", seen, "The platform takes about 1 GiB, each tool what you give it.")


def limits(installation: Installation) -> Finding:
    """What is not enforced is told, never hidden."""
    groups = find_groups("doctor")
    missing = missing_limits(groups)
    groups.close()
    if not missing:
        return _ok("Limits of tools", "cpu, memory and processes are enforced")
    mend = "This machine cannot limit that: mind it when you hand out quotas, or use a cluster."
    if any("control group" in one for one in missing):
        mend = "Run as root, or delegate a control group to your user, for those that name one."
    return _warn("Not enforced on tools", " ".join(missing), mend)


def compiler(_: Installation) -> Finding:
    missing = [name for name in ("g++", "make") if shutil.which(name) is None]
    if not missing:
        return _ok("Compiler", "present")
    names = " and ".join(missing)
    return _warn("Compiler", f"{names} missing", f"VS Code needs it: install {names}.")


def node(_: Installation) -> Finding:
    """Only to build the page: tools bring their own."""
    if shutil.which("node") and shutil.which("npm"):
        return _ok("Node for the page", "present; if it is too old, another one is fetched")
    return _ok("Node for the page", "missing: it is fetched from the package index")


def clock(_: Installation) -> Finding:
    """A clock that runs behind makes certificates and sign-in tokens look as if from the future."""
    written = max((ROOT / "requirements").glob("*.txt"), key=lambda file: file.stat().st_mtime)
    behind = written.stat().st_mtime - time.time()
    if behind <= _CLOCK_SLACK:
        return _ok("Clock", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    seen = f"{behind:.0f} s behind this checkout's files."
    return _warn("Clock", seen, "Set the clock: sign-in and https depend on it.")


def git(_: Installation) -> Finding:
    if shutil.which("git"):
        return _ok("git for tools", "present")
    return _warn("git for tools", "missing", "Install git, so that tools can clone repositories.")


def identity(_: Installation) -> Finding:
    if os.geteuid() == 0:
        return _ok("Account", "root: each tenant's tools get a user id of their own")
    return _ok("Account", "no root: all tools run under your user id, each in its own sandbox")


def localhost(_: Installation) -> Finding:
    try:
        addresses = {found[4][0] for found in socket.getaddrinfo("localhost", None)}
    except OSError:
        addresses = set()
    if addresses & {"127.0.0.1", "::1"}:
        return _ok("localhost", ", ".join(sorted(map(str, addresses))))
    return _fail("localhost", "does not resolve.", "Add `127.0.0.1 localhost` to /etc/hosts.")


def place(installation: Installation) -> Finding:
    title = "State folder"
    parent = next(one for one in (installation.state, *installation.state.parents) if one.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        return _ok(title, str(installation.state))
    return _fail(title, f"{parent} is not writable.", "Choose another with DATALAB_STATE_DIR.")


def certificates(_: Installation) -> Finding:
    if Path("/etc/ssl/certs/ca-certificates.crt").is_file():
        return _ok("Certificates", "present")
    return _warn("Certificates", "missing", "Install ca-certificates: tools fetch over https.")


def _ok(title: str, seen: str) -> Finding:
    return Finding(title=title, verdict=Verdict.OK, seen=seen)


def _warn(title: str, seen: str, mend: str) -> Finding:
    return Finding(title=title, verdict=Verdict.WARN, seen=seen, mend=mend)


def _fail(title: str, seen: str, mend: str) -> Finding:
    return Finding(title=title, verdict=Verdict.FAIL, seen=seen, mend=mend)


ESSENTIAL: Sequence[Check] = (python, place, port, disk, sandbox, interpreter, localhost)
FURTHER: Sequence[Check] = (memory, limits, compiler, node, git, clock, certificates, identity)
