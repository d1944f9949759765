"""Why a container ended, or did not begin. `mends` is left to whoever counts the restarts.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
"""

import re
import signal
from typing import Any

from datalab.providers.cluster.base import Reason
from datalab.providers.cluster.kubernetes.reasons.saying import Saying, first, reason

_NO_SUCH_COMMAND = re.compile(r'exec: "(?P<name>[^"]+)"')


def ended(
    terminated: dict[str, Any], *, who: str, memory: str | None, again: bool, output: str
) -> Reason:
    """`who` is how the sentence calls it, `memory` its limit, `again` whether it is restarted."""
    how, code = str(terminated.get("reason", "")), int(terminated.get("exitCode", 0))
    raw = output or str(terminated.get("message", ""))
    then = "It is started again." if again else "Restart it once that is mended."
    if how == "OOMKilled":
        # No cluster tells the peak. Under a limit it is the limit: there the kernel ends it.
        used = f"its whole limit of {memory} of" if memory else "all of the machine's"
        return reason(
            "OutOfMemory",
            f"{who} had used {used} memory and asked for more, so it was ended. Give it more "
            "memory, or load less at once.",
            raw=raw,
        )
    if how in {"StartError", "ContainerCannotRun"}:
        return not_started(str(terminated.get("message", "")), who=who)
    if code == 0:
        return reason("Exited", f"{who} ended by itself. {then}", raw=raw)
    said = f"was ended by {_signal(code - 128)}" if code > 128 else f"ended with exit code {code}"
    return reason("Exited", f"{who} {said}. Its last lines of output say more. {then}", raw=raw)


def crash_loop(cause: Reason, *, who: str, restarts: int) -> Reason:
    """It ends again and again: what it says the last time is why."""
    if cause.code != "Exited":
        return cause
    return reason(
        "CrashLoop",
        f"{who} ends soon after each start, {restarts} times so far. Its last lines of output "
        "say why; restart it once that is mended.",
        raw=cause.raw,
    )


def not_started(text: str, *, who: str) -> Reason:
    """The machine could not even begin it."""
    if found := _NO_SUCH_COMMAND.search(text):
        return reason(
            "NoSuchCommand",
            f"{who} could not be started: its image has no program {found['name']}. Choose "
            "another version, or tell whoever keeps the chart.",
            raw=text,
        )
    return reason(
        "StartFailed",
        f"{who} could not be started by the machine. The details say why; this is tried again "
        "by itself.",
        raw=text,
    )


_NOT_CONFIGURED = (
    Saying(
        pattern=r'(?P<kind>secret|configmap) "(?P<name>[^"]+)" not found',
        code="FileMissing",
        sentence="The {kind} {name} that it needs is not there. This is tried again by itself; if "
        "it lasts, restart the service.",
    ),
    Saying(
        pattern=r"couldn't find key (?P<name>\S+) in",
        code="FileMissing",
        sentence="The key {name} that it needs is not there. This is tried again by itself; if it "
        "lasts, restart the service.",
    ),
    Saying(
        pattern=r"runAsNonRoot|breaks non-root policy",
        code="RunsAsRoot",
        sentence="Its image wants to run as root, which is not allowed. Choose another version, "
        "or tell whoever keeps the chart.",
        mends=False,
    ),
)


def not_configured(text: str, *, who: str) -> tuple[Reason, bool]:
    """And whether that mends by itself."""
    found = first(_NOT_CONFIGURED, text)
    return (found.reason, found.mends) if found else (not_started(text, who=who), True)


def was_restarted(cause: Reason, *, who: str) -> Reason:
    """It runs again."""
    if cause.code == "OutOfMemory":
        return cause
    return reason(
        "Restarted",
        f"{who} had ended within the last hour and was started again. What was not saved in its "
        "storage is gone.",
        raw=cause.raw,
    )


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
