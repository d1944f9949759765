"""Why a tool is not ready, or not there any more: in plain language, with a code."""

import signal

from datalab.core.quantities import Resource, in_words
from datalab.providers.cluster.base import Reason
from datalab.providers.cluster.local.limits import Usage

_KILLED = 128 + signal.SIGKILL


def of_exit(code: int, *, last_lines: str, memory: int | None, kills: int, peak: int) -> Reason:
    """`kills` is how many of its processes the kernel ended for want of memory."""
    if code == _KILLED and kills:
        return out_of_memory(memory, Usage(peak=peak, kills=kills), raw=last_lines)
    if code == _KILLED:
        return Reason(
            code="Killed",
            message="The tool was killed from outside. Restart it to go on.",
            raw=last_lines,
        )
    if code > 128:
        return Reason(
            code="Exited", message=f"The tool was ended by {_signal(code - 128)}.", raw=last_lines
        )
    how = "by itself" if code == 0 else f"with exit code {code}"
    return Reason(
        code="Exited",
        message=f"The tool ended {how}. Its last lines of output say more.",
        raw=last_lines,
    )


def gpus_in_use(asked: int, there: int) -> str:
    what = "The GPU" if there == 1 else f"All but too few of the {there} GPUs"
    free = "it is" if asked == 1 else f"{asked} are"
    return f"{what} of this machine is in use by other services. It starts when {free} free."


def out_of_memory(memory: int | None, usage: Usage, *, raw: str = "") -> Reason:
    limit = f"its limit of {in_words(Resource.MEMORY, memory)}" if memory else "what is there"
    return Reason(
        code="OutOfMemory",
        message=f"The tool needed more memory than {limit} (it had {_about(usage.peak)} at its "
        "highest), so it was ended. Start it with more memory, or load less at once.",
        raw=raw,
    )


def process_out_of_memory(memory: int | None, usage: Usage) -> Reason:
    """The tool lives, one of its processes (a notebook's kernel) does not."""
    limit = f"the limit of {in_words(Resource.MEMORY, memory)}" if memory else "what is there"
    times = "once" if usage.kills == 1 else f"{usage.kills} times"
    return Reason(
        code="OutOfMemory",
        message=f"A process inside the tool (such as a notebook's kernel) was ended {times}, "
        f"because all together needed more memory than {limit}.",
    )


def starting(problem: str) -> Reason:
    return Reason(
        code="StartingUp", message="It has been started and does not answer yet.", raw=problem
    )


def not_ready(failures: int, problem: str) -> Reason:
    return Reason(
        code="NotReady",
        message="The tool runs but has stopped answering; it may be busy.",
        raw=f"{failures} checks in a row: {problem}",
    )


def not_started(problem: str) -> Reason:
    return Reason(
        code="StartFailed",
        message="This machine could not start the tool's sandbox. `make doctor` says more.",
        raw=problem,
    )


def lost() -> Reason:
    return Reason(
        code="Lost",
        message="The machine was restarted, or the tool's monitor was killed. It starts again.",
    )


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _about(size: int) -> str:
    """To the mebibyte: a tool's highest use is never round."""
    mebibytes = round(size / 1024**2)
    return in_words(Resource.MEMORY, mebibytes * 1024**2)
