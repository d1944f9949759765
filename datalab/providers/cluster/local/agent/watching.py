"""Watches running tools: whether they answer, what the kernel killed in them, how they end."""

import asyncio
import os
import signal
import time
from collections.abc import Callable

from datalab.providers.cluster.local import logs, processes
from datalab.providers.cluster.local.agent import probe, reasons
from datalab.providers.cluster.local.agent.book import Book
from datalab.providers.cluster.local.agent.instance import Instance, Stage, read_status
from datalab.providers.cluster.local.agent.network import SandboxNetwork
from datalab.providers.cluster.local.agent.spawning import readable
from datalab.providers.cluster.local.folders import Folders
from datalab.providers.cluster.local.limits import Groups, Usage
from datalab.providers.cluster.local.processes import Process

WHILE_STARTING = 0.05
STATUS_WAIT = 1.0
LAST_LINES = 30


class Watch:
    """`cut` takes from what has ended by itself all that it was given."""

    def __init__(
        self,
        *,
        book: Book,
        folders: Folders,
        groups: Groups,
        networks: dict[str, SandboxNetwork],
        cut: Callable[[Instance], None],
    ) -> None:
        self._book = book
        self._folders = folders
        self._groups = groups
        self._networks = networks
        self._cut = cut
        self._ended: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, list[asyncio.Task[None]]] = {}

    def begin(self, instance: Instance) -> None:
        assert instance.process is not None  # noqa: S101 - what is watched has been started
        self._ended[instance.id] = asyncio.Event()
        self._tasks[instance.id] = [
            asyncio.create_task(self._wait_for_end(instance, instance.process)),
            asyncio.create_task(self._probe(instance)),
        ]

    def leave(self, instance: Instance) -> None:
        for task in self._tasks.pop(instance.id, []):
            if task is not asyncio.current_task():
                task.cancel()
        self._ended.pop(instance.id, None)

    def end_of(self, instance: Instance) -> asyncio.Event | None:
        """Set once it has ended. None for what nobody watches."""
        return self._ended.get(instance.id)

    def note_kills(self, instance: Instance) -> None:
        usage = self._groups.usage(instance.id)
        if usage is None or usage.kills <= instance.kills:
            return
        instance.kills = usage.kills
        instance.reason = reasons.process_out_of_memory(instance.memory, usage)
        self._book.tell(instance)

    # -- its end -----------------------------------------------------------------------------
    async def _wait_for_end(self, instance: Instance, process: Process) -> None:
        # The monitor ends with the tool itself; what the tool left behind would keep its init.
        await _gone(instance.monitor or process)
        processes.send(process, signal.SIGKILL)
        await _gone(process)
        code = await self._exit_code(instance)
        usage = self._groups.usage(instance.id) or Usage(peak=0, kills=0)
        stopping = instance.stage is Stage.STOPPING
        ended = self._ended.get(instance.id)
        if not stopping:
            last = logs.tail(self._folders.log(instance.ref), LAST_LINES)
            self._cut(instance)
            if code is None:
                self._book.settle(instance, Stage.LOST, reasons.lost())
            else:
                reason = reasons.of_exit(
                    code,
                    last_lines=last,
                    memory=instance.memory,
                    kills=usage.kills,
                    peak=usage.peak,
                )
                self._book.settle(instance, Stage.ENDED, reason)
        if ended is not None:
            ended.set()

    async def _exit_code(self, instance: Instance) -> int | None:
        """Bubblewrap writes it a moment after the end; None where it was killed before it could."""
        path = self._folders.status(instance.ref, instance.id)
        deadline = time.monotonic() + STATUS_WAIT
        while (code := read_status(path).get("exit-code")) is None:
            if time.monotonic() > deadline:
                return None
            await asyncio.sleep(0.01)
        return code

    # -- its answers -------------------------------------------------------------------------
    async def _probe(self, instance: Instance) -> None:
        """Often until it is ready, then as the chart says."""
        failures = 0
        while True:
            network = self._networks.get(instance.id)
            if network is None:
                return
            problem = await probe.problem_with(
                network.take,
                port=instance.port,
                path=instance.probe_path,
                timeout_s=instance.probe_timeout,
            )
            failures = 0 if problem is None else failures + 1
            self._note_probe(instance, problem, failures)
            is_ready = instance.stage is Stage.READY
            await asyncio.sleep(instance.probe_period if is_ready else WHILE_STARTING)

    def _note_probe(self, instance: Instance, problem: str | None, failures: int) -> None:
        silent = instance.reason is not None and instance.reason.code == "NotReady"
        if problem is None and (instance.stage is Stage.STARTING or silent):
            instance.reason = None
            instance.stage = Stage.READY
            self._book.tell(instance)
        elif problem is not None and instance.stage is Stage.STARTING:
            instance.reason = reasons.starting(problem)
        elif (
            problem is not None
            and instance.stage is Stage.READY
            and failures >= instance.probe_failures
        ):
            instance.reason = reasons.not_ready(failures, problem)
            if not silent:
                self._book.tell(instance)


async def _gone(process: Process) -> None:
    """Wait for the end of exactly this process."""
    descriptor = processes.open_pidfd(process)
    if descriptor is None:
        return
    try:
        await readable(descriptor)
    finally:
        os.close(descriptor)
