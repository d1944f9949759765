"""Starts, stops and finds again the tools of this machine."""

import asyncio
import contextlib
import itertools
import logging
import secrets
import signal
import socket
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from datalab.core.errors import ProviderError
from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.local import logs, processes
from datalab.providers.cluster.local.agent import preparing, reasons
from datalab.providers.cluster.local.agent.book import Book
from datalab.providers.cluster.local.agent.gpus import Gpus
from datalab.providers.cluster.local.agent.instance import Instance, Stage
from datalab.providers.cluster.local.agent.launching import Launcher, title_prefix
from datalab.providers.cluster.local.agent.network import Handler, SandboxNetwork
from datalab.providers.cluster.local.agent.spawning import Zygote
from datalab.providers.cluster.local.agent.watching import LAST_LINES, Watch
from datalab.providers.cluster.local.folders import Folders, read_json
from datalab.providers.cluster.local.limits import Groups
from datalab.providers.cluster.local.plan import LaunchPlan
from datalab.providers.cluster.local.processes import Process
from datalab.providers.cluster.local.uids import Uids

log = logging.getLogger(__name__)

WATCH_EVERY = 1.0
SWEEP_EVERY = 30
"""Rounds of watching between two looks for leftovers."""
KILL_WAIT = 10.0


class Supervisor:
    """One lock per release: what was asked last is done last."""

    def __init__(
        self,
        *,
        folders: Folders,
        groups: Groups,
        zygote: Zygote,
        uids: Uids,
        gpus: Gpus,
        handlers: dict[int, Handler],
        announce: Callable[[ReleaseRef], None],
    ) -> None:
        self._folders = folders
        self._groups = groups
        self._zygote = zygote
        self._uids = uids
        self._gpus = gpus
        self._handlers = handlers
        self._launcher = Launcher(folders=folders, groups=groups, zygote=zygote)
        self._book = Book(folders, announce)
        self._waiting: dict[ReleaseRef, str] = {}
        self._networks: dict[str, SandboxNetwork] = {}
        self._watch = Watch(
            book=self._book,
            folders=folders,
            groups=groups,
            networks=self._networks,
            cut=self._cut,
        )
        self._locks: defaultdict[ReleaseRef, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._jobs: set[asyncio.Task[None]] = set()
        self.problems: list[str] = []

    # -- asked for ---------------------------------------------------------------------------
    def start(self, plan: LaunchPlan, files: Mapping[str, str]) -> None:
        """Accept it. What ran under this name is stopped first."""
        self._job(self._start(plan, files))

    def stop(self, ref: ReleaseRef) -> None:
        self._job(self._stop(ref))

    async def remove(self, ref: ReleaseRef) -> None:
        """Stop it, and remove all it has but the volumes that its record says to keep."""
        async with self._locks[ref]:
            await self._end(ref)
            keep = set((read_json(self._folders.record(ref)) or {}).get("keep", []))
            await asyncio.to_thread(preparing.clear, ref, self._folders, keep)
            self._book.instances.pop(ref, None)
            self._waiting.pop(ref, None)
        self._book.announce(ref)

    def get(self, ref: ReleaseRef) -> Instance | None:
        return self._book.instances.get(ref)

    def all(self) -> list[Instance]:
        return self._book.all()

    async def dial(self, ref: ReleaseRef) -> tuple[socket.socket, int]:
        """A socket in the tool's network, not connected yet, and the tool's port."""
        instance = self._book.instances.get(ref)
        network = self._networks.get(instance.id) if instance else None
        if instance is None or network is None:
            raise ConnectionRefusedError("the service does not run")
        return await network.take(), instance.port

    def waits_for(self, ref: ReleaseRef) -> str | None:
        """What it could not have when it was last asked to start, in a sentence."""
        return self._waiting.get(ref)

    def is_busy(self, ref: ReleaseRef) -> bool:
        """Something that was asked for is still being done."""
        return ref in self._locks and self._locks[ref].locked()

    # -- starting ----------------------------------------------------------------------------
    async def _start(self, plan: LaunchPlan, files: Mapping[str, str]) -> None:
        async with self._locks[plan.ref]:
            before = self._book.instances.get(plan.ref)
            if before and not before.is_over and before.digest == plan.digest:
                return
            await self._end(plan.ref)
            instance = Instance.of(plan, identifier=secrets.token_hex(8))
            if not self._gpus.take(instance, plan.gpus):
                self._wait_for_gpus(plan)
                return
            self._waiting.pop(plan.ref, None)
            self._book.instances[plan.ref] = instance
            self._book.save(instance)
            try:
                instance.uid = self._uids.of(plan.namespace)
                await asyncio.to_thread(preparing.prepare, plan, self._folders, files, instance.uid)
                shown = self._gpus.shown_to(instance, plan)
                await self._launcher.launch(instance, shown, self._joiner(instance))
            except (OSError, ValueError, TimeoutError, ProviderError) as error:
                await self._give_up(instance, error)
                return
            self._watch.begin(instance)

    def _wait_for_gpus(self, plan: LaunchPlan) -> None:
        """Whoever wants it asks again: then it may be there."""
        self._book.instances.pop(plan.ref, None)
        self._waiting[plan.ref] = reasons.gpus_in_use(plan.gpus, len(self._gpus.there))
        self._book.announce(plan.ref)

    def _joiner(self, instance: Instance) -> Callable[[Process], Coroutine[Any, Any, None]]:
        async def join(process: Process) -> None:
            await self._open_network(instance, process)
            instance.released = True
            self._book.save(instance)

        return join

    async def _open_network(self, instance: Instance, process: Process) -> None:
        network = SandboxNetwork(self._zygote, process.pid)
        self._networks[instance.id] = network
        await network.open(self._handlers)

    async def _give_up(self, instance: Instance, error: Exception) -> None:
        if instance.process is not None:
            processes.send(instance.process, signal.SIGKILL)
        self._cut(instance)
        raw = f"{error}\n{logs.tail(self._folders.log(instance.ref), LAST_LINES)}".strip()
        self._book.settle(instance, Stage.ENDED, reasons.not_started(raw))
        self.sweep()  # a sandbox that came up too late, or that nobody could name

    # -- stopping ----------------------------------------------------------------------------
    async def _stop(self, ref: ReleaseRef) -> None:
        async with self._locks[ref]:
            await self._end(ref)
            await asyncio.to_thread(preparing.forget_delivered, ref, self._folders)
            self._book.instances.pop(ref, None)
            self._waiting.pop(ref, None)
        self._book.announce(ref)

    async def _end(self, ref: ReleaseRef) -> None:
        """TERM to the tool, later KILL to its init, which ends all that is inside."""
        instance = self._book.instances.get(ref)
        if instance is None:
            return
        ended = self._watch.end_of(instance)
        if instance.process is not None and ended is not None and not ended.is_set():
            instance.stage = Stage.STOPPING
            self._book.tell(instance)
            await self._bring_to_an_end(instance, instance.process, ended)
        self._cut(instance)
        self._book.forget_files(instance)

    async def _bring_to_an_end(
        self, instance: Instance, process: Process, ended: asyncio.Event
    ) -> None:
        for child in processes.children(process.pid):
            tool = processes.identify(child)
            if tool is not None:
                processes.send(tool, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), instance.stop_grace)
            return
        processes.send(process, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), KILL_WAIT)

    def _cut(self, instance: Instance) -> None:
        """No way in or out any more, nobody watches, no limits."""
        network = self._networks.pop(instance.id, None)
        if network is not None:
            network.close()
        self._watch.leave(instance)
        self._gpus.leave(instance)
        self._groups.remove(instance.id)

    # -- watching ----------------------------------------------------------------------------
    async def watch_memory_and_logs(self) -> None:
        """For ever: the kernel says nothing by itself about what it killed."""
        for turn in itertools.count(1):
            await asyncio.sleep(WATCH_EVERY)
            if turn % SWEEP_EVERY == 0:
                self.sweep()
            for instance in self.all():
                if not instance.is_over:
                    self._watch.note_kills(instance)
                    with contextlib.suppress(OSError):  # a full disk: the next round tries again
                        logs.bound(self._folders.log(instance.ref))

    # -- finding again -----------------------------------------------------------------------
    async def recover(self) -> None:
        """Take up what an earlier agent left; end what nobody knows."""
        for ref in self._folders.refs():
            try:
                await self._recover_one(ref)
            except (ValueError, TypeError, KeyError, OSError) as error:
                self.problems.append(f"{ref.namespace}/{ref.name}: {error}")
        self.sweep()
        for ref in self._folders.refs():
            if (read_json(self._folders.record(ref)) or {}).get("removing"):
                self._job(self.remove(ref))

    async def _recover_one(self, ref: ReleaseRef) -> None:
        document = read_json(self._folders.instance(ref))
        if document is None:
            return
        instance = Instance.from_json(document)
        self._book.instances[ref] = instance
        self._gpus.take_again(instance)
        if instance.is_over:
            self._gpus.leave(instance)
            return
        if not instance.released or instance.process is None:
            self._gpus.leave(instance)
            # It may run without network and limits; the sweep ends it.
            self._book.settle(instance, Stage.LOST, reasons.lost())
            return
        if instance.stage is Stage.STOPPING:
            instance.stage = Stage.READY
        if processes.is_alive(instance.process):
            try:
                await self._open_network(instance, instance.process)
            except OSError:
                # Cut off from everything it is of no use: end it, so that it is started again.
                processes.send(instance.process, signal.SIGKILL)
                self._cut(instance)
                self._book.settle(instance, Stage.LOST, reasons.lost())
                return
        self._watch.begin(instance)

    def sweep(self) -> None:
        """Kill sandboxes of this platform that are no living instance: there are no orphans."""
        prefix = title_prefix(self._folders)
        known = {one.id for one in self.all() if not one.is_over}
        for pid in list(processes.all_pids()):
            title = processes.first_argument(pid)
            if title.startswith(prefix) and title.removeprefix(prefix) not in known:
                found = processes.identify(pid)
                if found is not None:
                    processes.send(found, signal.SIGKILL)
        for name in self._groups.names() - known:
            self._groups.remove(name)

    # -- together ----------------------------------------------------------------------------
    def _job(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._jobs.add(task)
        task.add_done_callback(self._job_done)

    def _job_done(self, task: asyncio.Task[None]) -> None:
        self._jobs.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a job failed and will be asked for again", exc_info=error)
