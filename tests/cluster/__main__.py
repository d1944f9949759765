"""A real Kubernetes cluster of one node on this machine, for the tests. docs/contributing/cluster.md

python -m tests.cluster up                     build what is not built, start what does not run
python -m tests.cluster down [--purge]         stop all; --purge: the next one begins empty
python -m tests.cluster status                 its processes, their memory, its pods
python -m tests.cluster build                  only compile
python -m tests.cluster test [PYTEST WORDS]    up, the tests with the marker kubernetes, down again
python -m tests.cluster image tool CHART...    the image of a chart of the catalogue, into the node
python -m tests.cluster image make NAME FOLDER[:FOLDER...] TAR [--env K=V] [--user U:G] -- COMMAND...
python -m tests.cluster image import TAR       an archive into the node
python -m tests.cluster gpu COUNT [--name N]   so many devices on the node (default: nvidia.com/gpu)
python -m tests.cluster kubectl ...            as administrator
"""

import argparse
import os
import sys
from pathlib import Path

from tests.cluster.addons import kubectl_command
from tests.cluster.binaries import build
from tests.cluster.capacity import set_devices
from tests.cluster.cluster import down, load_image, load_tool, status, up
from tests.cluster.identity.programs import compile_external_secrets, compile_injector
from tests.cluster.images.folders import archive_of_folders
from tests.cluster.layout import Layout, layout_of
from tests.cluster.running import run_tests
from tests.cluster.shell import KitError, say


def main(words: list[str]) -> int:
    os.umask(0o022)  # what is put into images is read by other users
    words, rest = _split(words)
    options = _parser().parse_args(words)
    layout = layout_of(options.state)
    try:
        match options.command:
            case "test":
                return run_tests(layout, rest)
            case "kubectl":
                command = kubectl_command(layout)
                os.execv(command[0], [*command, *rest])  # noqa: S606 - it takes over
            case _:
                _do(layout, options)
    except KitError as error:
        say(str(error))
        return 1
    return 0


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """What comes after `test` and `kubectl` is theirs: argparse would take their options for ours."""
    for number, word in enumerate(words):
        if word in {"test", "kubectl"}:
            return words[: number + 1], words[number + 1 :]
    return words, []


def _do(layout: Layout, options: argparse.Namespace) -> None:
    match options.command:
        case "up":
            up(layout)
        case "down":
            down(layout, purge=options.purge)
        case "status":
            print(status(layout))  # noqa: T201 - the answer of the program
        case "build":
            build(layout)
            compile_injector()
            compile_external_secrets()
        case "image":
            _image(layout, options)
        case _:
            set_devices(layout, options.name, options.count)


def _image(layout: Layout, options: argparse.Namespace) -> None:
    match options.what:
        case "tool":
            for chart in options.charts:
                load_tool(layout, chart)
        case "import":
            load_image(layout, options.archive)
        case _:
            archive_of_folders(
                name=options.name,
                folders=[Path(folder) for folder in options.folders.split(":")],
                target=options.archive,
                command=options.words,
                variables=dict(one.split("=", 1) for one in options.env),
                user=options.user,
            )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.cluster",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--state", help="folder of all its state (default: .cache/cluster)")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "status", "build", "test", "kubectl"):
        commands.add_parser(name)
    commands.add_parser("down").add_argument("--purge", action="store_true")
    gpu = commands.add_parser("gpu")
    gpu.add_argument("count", type=int)
    gpu.add_argument("--name", default="nvidia.com/gpu")
    _image_parser(commands.add_parser("image"))
    return parser


def _image_parser(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", required=True)
    kinds.add_parser("tool").add_argument("charts", nargs="+")
    kinds.add_parser("import").add_argument("archive", type=Path)
    make = kinds.add_parser("make")
    make.add_argument("name")
    make.add_argument("folders", help="a layer each, the lowest first")
    make.add_argument("archive", type=Path)
    make.add_argument("--env", action="append", default=[])
    make.add_argument("--user", default="")
    make.add_argument("words", nargs="+")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
