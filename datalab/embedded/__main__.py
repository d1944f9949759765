"""`python -m datalab.embedded`: the platform on this one machine. `make help` has the short names."""

import argparse
import json
import sys
from dataclasses import asdict

from rich.console import Console

from datalab.embedded import doctor
from datalab.embedded.down import down
from datalab.embedded.installation import Installation, from_environment
from datalab.embedded.reset import reset
from datalab.embedded.screen import parts_table
from datalab.embedded.status import statuses
from datalab.embedded.supervision import NotRunning
from datalab.embedded.up import up

_SETTINGS = """\
settings (environment):
  DATALAB_STATE_DIR   folder of all state (default: .datalab in the checkout)
  DATALAB_PORT        the front door's port on 127.0.0.1 (default: 8080)
  DATALAB_KEEP_TOOLS  yes: running tools keep running when the platform stops (default: no)
"""


def main() -> int:
    arguments = _parser().parse_args()
    installation, console = from_environment(), Console()
    match arguments.command:
        case "up":
            return up(installation, console, stay=not arguments.detach)
        case "down":
            return down(installation, console, keep_tools=installation.keep_tools)
        case "reset":
            return reset(installation, console, sure=arguments.yes)
        case "doctor":
            return doctor.show(installation, console)
        case _:
            return _status(installation, console, as_json=arguments.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datalab.embedded",
        description="The whole platform on one machine.",
        epilog=_SETTINGS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("up", help="start everything and stay; Ctrl-C stops it")
    starting.add_argument("--detach", action="store_true", help="leave it running and return")
    commands.add_parser("down", help="stop everything")
    resetting = commands.add_parser("reset", help="stop everything and remove all state")
    resetting.add_argument("--yes", action="store_true", help="do not ask")
    commands.add_parser("doctor", help="what is wrong with this machine, and how to mend it")
    telling = commands.add_parser("status", help="the parts, their processes and memory")
    telling.add_argument("--json", action="store_true", help="for scripts")
    return parser


def _status(installation: Installation, console: Console, *, as_json: bool) -> int:
    """The exit code is 0 where all parts are healthy, 3 where it does not run, else 1."""
    try:
        parts = statuses(installation)
    except NotRunning:
        parts = []
    if as_json:
        memory = sum(part.memory for part in parts)
        told = {"url": installation.origin, "running": bool(parts), "memory": memory}
        sys.stdout.write(json.dumps({**told, "parts": [asdict(part) for part in parts]}) + "\n")
    elif parts:
        console.print(parts_table(parts))
    else:
        console.print("It does not run.")
    return (0 if all(part.healthy for part in parts) else 1) if parts else 3


if __name__ == "__main__":
    sys.exit(main())
