"""Starting one sandbox, held until it has its limits and its network."""

import asyncio
import contextlib
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from datalab.providers.cluster.local.agent.instance import Instance
from datalab.providers.cluster.local.agent.spawning import Zygote, find_bubblewrap, readable
from datalab.providers.cluster.local.agent.zygote import stage_for_sources
from datalab.providers.cluster.local.folders import Folders
from datalab.providers.cluster.local.limits import Groups
from datalab.providers.cluster.local.plan import LaunchPlan
from datalab.providers.cluster.local.processes import Process, identify
from datalab.providers.cluster.local.sandbox import (
    ARGS_FD,
    BLOCK_FD,
    INFO_FD,
    STATUS_FD,
    arguments,
    joined,
)

START_TIMEOUT = 20.0


class Launcher:
    """Knows how sandboxes are started on this machine."""

    def __init__(self, *, folders: Folders, groups: Groups, zygote: Zygote) -> None:
        self._folders = folders
        self._groups = groups
        self._zygote = zygote

    def title(self, instance: Instance) -> str:
        """How the sandbox's processes call themselves: what a sweep for leftovers looks for."""
        return f"{title_prefix(self._folders)}{instance.id}"

    async def launch(
        self, instance: Instance, plan: LaunchPlan, join: Callable[[Process], Awaitable[None]]
    ) -> None:
        """Start it; `join` is called while it is held. OSError where it did not start."""
        self._groups.create(instance.id, memory=plan.memory, cpu=plan.cpu)
        gate_reads, gate_writes = os.pipe2(os.O_CLOEXEC)
        try:
            try:
                process = instance.process = await self._spawn(instance, plan, gate_reads)
            finally:
                os.close(gate_reads)
            self._groups.join(instance.id, process.pid)
            await join(process)
            os.write(gate_writes, b"1")
        finally:
            os.close(gate_writes)

    async def _spawn(self, instance: Instance, plan: LaunchPlan, gate: int) -> Process:
        program = find_bubblewrap()
        if program is None:
            raise FileNotFoundError("bubblewrap is neither installed with Datalab nor on PATH")
        told_reads, told_writes = os.pipe2(os.O_CLOEXEC)
        with os.fdopen(told_reads, "rb", buffering=0):
            with os.fdopen(told_writes, "wb", buffering=0):
                pid = await self._ask_zygote(instance, plan, program, told_writes, gate)
            instance.monitor = identify(pid)
            return await _first_process(told_reads)

    async def _ask_zygote(
        self, instance: Instance, plan: LaunchPlan, program: str, told: int, gate: int
    ) -> int:
        sources, seen_at = _sources(plan)
        with contextlib.ExitStack() as opened:
            words = _in_memory(arguments(plan, seen_at))
            opened.callback(os.close, words)
            status = _append(self._folders.status(plan.ref, instance.id))
            opened.callback(os.close, status)
            output = _append(self._folders.log(plan.ref))
            opened.callback(os.close, output)
            if os.geteuid() == 0:
                os.fchown(output, instance.uid, instance.uid)  # programs open /dev/stdout again
            return await self._zygote.launch(
                argument_zero=self.title(instance),
                program=program,
                command=["--args", str(ARGS_FD), "--", *plan.command],
                uid=instance.uid,
                sources=sources,
                rlimits=self._rlimits(plan),
                descriptors={
                    ARGS_FD: words,
                    STATUS_FD: status,
                    INFO_FD: told,
                    BLOCK_FD: gate,
                },
                output=output,
            )

    def _rlimits(self, plan: LaunchPlan) -> dict[str, int]:
        limits = {"RLIMIT_NOFILE": 65536}
        if plan.memory and "memory" not in self._groups.parents:
            limits["RLIMIT_DATA"] = plan.memory
        return limits


def title_prefix(folders: Folders) -> str:
    return f"datalab-sandbox:{folders.mark}:"


def _sources(plan: LaunchPlan) -> tuple[list[str], dict[str, str]]:
    """What the zygote shows, and where the sandbox's user finds each of them."""
    sources = list(dict.fromkeys([*(mount.source for mount in plan.mounts), *plan.devices]))
    if os.geteuid() != 0:
        return sources, {source: source for source in sources}
    stage = stage_for_sources()
    return sources, {source: str(stage / str(place)) for place, source in enumerate(sources)}


def _in_memory(words: list[str]) -> int:
    content = joined(words)
    descriptor = os.memfd_create("arguments")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _append(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


async def _first_process(told: int) -> Process:
    """The init of the sandbox's own pid namespace, as bubblewrap tells it."""
    text = b""
    async with asyncio.timeout(START_TIMEOUT):
        while True:
            await readable(told)
            piece = os.read(told, 4096)
            text += piece
            if not piece or b"}" in piece:
                break
    if not text:
        raise OSError("the sandbox ended before it had begun; its output says why")
    process = identify(int(json.loads(text)["child-pid"]))
    if process is None:
        raise OSError("the sandbox ended at once; its output says why")
    return process
