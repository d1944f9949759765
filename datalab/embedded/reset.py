"""Removing a platform with all its state."""

import shutil

from rich.console import Console

from datalab.embedded.down import down
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
    shutil.rmtree(installation.state)
    shutil.rmtree(Folders.below(installation.state).memory, ignore_errors=True)
    console.print(f"Removed {installation.state}.", highlight=False, soft_wrap=True)
    return 0


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
