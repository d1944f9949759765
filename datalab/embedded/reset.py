"""Removing a platform with all its state."""

import os
import shutil
from pathlib import Path

from rich.console import Console

from datalab.embedded.down import down, tools_left
from datalab.embedded.installation import Installation
from datalab.providers.cluster.local.folders import Folders


def reset(installation: Installation, console: Console, *, sure: bool) -> int:
    """The exit code. Asks first, unless `sure`."""
    if not installation.exists:
        console.print(f"There is no platform in {installation.state}.", highlight=False)
        return 0
    if not sure and not _agreed(installation, console):
        console.print("Nothing was removed.")
        return 1
    down(installation, console, keep_tools=False)
    if left := tools_left(installation):
        names = ", ".join(f"{ref.namespace}/{ref.name}" for ref in left)
        console.print(f"[red]Tools still run:[/red] {names}. Nothing was removed; see the logs.")
        return 1
    _open_folders(installation.state)
    shutil.rmtree(installation.state)
    shutil.rmtree(Folders.below(installation.state).memory, ignore_errors=True)
    console.print(f"Removed {installation.state}.", highlight=False, soft_wrap=True)
    return 0


def _open_folders(root: Path) -> None:
    """A tool may have closed a folder of its volume to itself, and without root to us."""
    for folder, _, _ in os.walk(root):
        if not os.access(folder, os.W_OK | os.X_OK):
            os.chmod(folder, 0o700)  # noqa: PTH101 - walked as text


def _agreed(installation: Installation, console: Console) -> bool:
    console.print(
        f"This stops the platform and removes [bold]everything[/bold] in {installation.state}: "
        "tenants, files of their buckets, secrets, and the volumes of all tools.",
        highlight=False,
    )
    try:
        return console.input("Type [bold]yes[/bold] to remove it: ").strip() == "yes"
    except EOFError:
        return False
