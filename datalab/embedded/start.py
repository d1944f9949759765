"""Starting the parts: each when what it needs works, side by side where nothing stands between."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from datalab.embedded.installation import ROOT, Installation
from datalab.embedded.parts import Part, Step
from datalab.embedded.screen import Rows
from datalab.embedded.supervision import PartState, Supervisor
from datalab.embedded.wiring import clean_environment

_HEALTHY_SECONDS = 90.0
_POLL_SECONDS = 0.05
_FAILED_STARTS = 2
_LOG_LINES = 12


class Failure(Exception):
    """A part or step that does not come up; `log` is where more is written."""

    def __init__(self, *, title: str, problem: str, log: Path) -> None:
        super().__init__(f"{title}: {problem}\n\n{last_lines(log)}\n\nAll of it: {log}")
        self.problem = problem


class Start:
    """One start of the platform."""

    def __init__(
        self,
        installation: Installation,
        supervisor: Supervisor,
        *,
        environment: Mapping[str, str],
        rows: Rows,
    ) -> None:
        self._installation = installation
        self._supervisor = supervisor
        self._environment = environment
        self._rows = rows
        self._given_up = False

    def run(self, works: Sequence[Part | Step]) -> None:
        """All of them, in the order that their `after` asks for. Raises the first Failure."""
        waiting = {work.name: work for work in works}
        done: set[str] = set()
        under_way: dict[Future[None], str] = {}
        with ThreadPoolExecutor(max_workers=len(waiting)) as pool:
            try:
                while waiting or under_way:
                    for work in ready(waiting.values(), done):
                        under_way[pool.submit(self._one, waiting.pop(work.name))] = work.name
                    if not under_way:
                        raise ValueError(f"{', '.join(waiting)} wait for what is not there")
                    finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
                    for future in finished:
                        future.result()
                        done.add(under_way.pop(future))
            finally:
                self._given_up = True

    def _one(self, work: Part | Step) -> None:
        self._rows.begin(work.name)
        try:
            if isinstance(work, Part):
                self._start(work)
            else:
                take_step(
                    self._installation, work, self._environment, wanted=lambda: not self._given_up
                )
        except Failure as failure:
            self._rows.failed(work.name, failure.problem)
            raise
        self._rows.done(work.name)

    def _start(self, part: Part) -> None:
        log = self._installation.logs / f"{part.name}.log"
        self._supervisor.start(part.name)
        deadline = time.monotonic() + _HEALTHY_SECONDS
        while not self._given_up:
            seen = self._supervisor.all()[part.name]
            if seen.state is PartState.FATAL or seen.starts > _FAILED_STARTS:
                raise Failure(title=part.title, problem="does not start", log=log)
            if seen.pid and part.health.is_good(pid=seen.pid):
                return
            if time.monotonic() > deadline:
                problem = f"does not answer after {_HEALTHY_SECONDS:.0f} s"
                raise Failure(title=part.title, problem=problem, log=log)
            time.sleep(_POLL_SECONDS)


def take_step(
    installation: Installation,
    step: Step,
    environment: Mapping[str, str],
    *,
    wanted: Callable[[], bool] = lambda: True,
) -> None:
    """Returns when it is done. Raises Failure, also when it is no longer wanted."""
    log = installation.logs / f"{step.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "datalab.embedded.steps", step.name],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env={**clean_environment(), **environment},
            start_new_session=True,
        )
    deadline = time.monotonic() + step.seconds
    while process.poll() is None and wanted() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        problem = f"not done after {step.seconds} s" if wanted() else "broken off"
        raise Failure(title=step.title, problem=problem, log=log)
    if process.returncode != 0:
        raise Failure(title=step.title, problem=f"ended with {process.returncode}", log=log)


def ready(works: Iterable[Part | Step], done: set[str]) -> list[Part | Step]:
    """Those whose every need is done."""
    return [work for work in works if done.issuperset(work.after)]


def last_lines(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return "(it wrote nothing)"
    return "\n".join(lines[-_LOG_LINES:])
