"""Reading the agent's arguments and putting its pieces together."""

import argparse
import asyncio
import fcntl
import os
import resource
import signal
import socket
from pathlib import Path
from typing import IO

from datalab.providers.cluster.local.agent.changes import Changes
from datalab.providers.cluster.local.agent.gpus import Gpus
from datalab.providers.cluster.local.agent.network import targets
from datalab.providers.cluster.local.agent.preparing import write_etc
from datalab.providers.cluster.local.agent.proxy import AllowList, Proxy
from datalab.providers.cluster.local.agent.server import Server
from datalab.providers.cluster.local.agent.spawning import Zygote, readable
from datalab.providers.cluster.local.agent.supervisor import Supervisor
from datalab.providers.cluster.local.devices import find_gpus, pretended_gpus
from datalab.providers.cluster.local.folders import Folders
from datalab.providers.cluster.local.limits import remembered_groups
from datalab.providers.cluster.local.uids import Uids

PROXY_PORT = 3128
PACKAGES = (
    *("pypi.org", "files.pythonhosted.org", "registry.npmjs.org", "conda.anaconda.org"),
    *("repo.anaconda.com", "cran.r-project.org", "github.com", ".github.com"),
    *(".githubusercontent.com", "gitlab.com", "bitbucket.org", "codeberg.org"),
    *("huggingface.co", ".huggingface.co", ".hf.co", "open-vsx.org", ".open-vsx.org"),
)
"""What tools may reach unless the arguments say otherwise: packages, repositories, data sets."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="agent", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="the platform's state folder")
    parser.add_argument("--socket", type=Path, required=True, help="where to be asked")
    parser.add_argument(
        "--forward",
        action="append",
        default=[],
        metavar="PORT=TARGET",
        help="a port inside every sandbox and its HOST:PORT or unix:PATH outside; repeatable",
    )
    parser.add_argument(
        "--allow",
        default=os.environ.get("DATALAB_ALLOWED_HOSTS", ",".join(PACKAGES)),
        help="what tools may reach through the proxy: HOST, .DOMAIN or HOST:PORT, with commas",
    )
    parser.add_argument("--uid-base", type=int, help="the first tenant's user id, as root")
    parser.add_argument(
        "--pretend-gpus",
        type=Path,
        metavar="FOLDER",
        help="for tests: the files nvidia0, nvidia1, … of a folder instead of the machine's GPUs",
    )
    return parser.parse_args()


def main(channel: socket.socket, zygote: int) -> int:
    options = arguments()
    folders = Folders.below(options.state)
    folders.ensure()
    lock = only_one(folders)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with lock:
        return asyncio.run(run(options, folders, channel, zygote))


def machines_gpus(options: argparse.Namespace) -> Gpus:
    folder: Path | None = options.pretend_gpus
    return Gpus(find_gpus()) if folder is None else Gpus(pretended_gpus(folder), folder)


def only_one(folders: Folders) -> IO[str]:
    """Two agents would end each other's tools. SystemExit where one runs already."""
    lock = (folders.root / "agent.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"another agent runs for {folders.root}") from None
    return lock


async def run(
    options: argparse.Namespace, folders: Folders, channel: socket.socket, zygote: int
) -> int:
    """Until SIGTERM or SIGINT; the tools run on. The exit code: 1 where the zygote has died."""
    write_etc(folders)
    groups = remembered_groups(folders.mark, folders.root / "groups.json")
    changes = Changes()
    gpus = machines_gpus(options)
    supervisor = Supervisor(
        folders=folders,
        groups=groups,
        zygote=Zygote(channel),
        uids=Uids(folders.root, base=options.uid_base),
        gpus=gpus,
        handlers={
            **targets(options.forward),
            PROXY_PORT: Proxy(AllowList.of(options.allow.split(","))),
        },
        announce=changes.announce,
    )
    server = Server(
        folders=folders,
        groups=groups,
        gpus=gpus,
        supervisor=supervisor,
        changes=changes,
    )
    await supervisor.recover()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with asyncio.TaskGroup() as group:
        work = [
            group.create_task(server.serve(options.socket)),
            group.create_task(supervisor.watch_memory_and_logs()),
            group.create_task(changes.watch_builds()),
        ]
        asked = asyncio.create_task(stopped.wait())
        died = asyncio.create_task(ended(zygote))
        await asyncio.wait([asked, died], return_when=asyncio.FIRST_COMPLETED)
        for task in (*work, asked, died):
            task.cancel()
    groups.close()
    return 0 if stopped.is_set() else 1


async def ended(pid: int) -> None:
    """Without its zygote an agent can do nothing: it ends too, and is started again."""
    descriptor = os.pidfd_open(pid)
    try:
        await readable(descriptor)
    finally:
        os.close(descriptor)
