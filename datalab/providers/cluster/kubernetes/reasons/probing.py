"""It runs and does not answer."""

from datalab.providers.cluster.base import Reason
from datalab.providers.cluster.kubernetes.reasons.saying import reason


def starting(problem: str) -> Reason:
    return reason("StartingUp", "It has been started and does not answer yet.", raw=problem)


def not_ready(problem: str) -> Reason:
    return reason(
        "NotReady", "The tool runs but has stopped answering; it may be busy.", raw=problem
    )


def ended_for_silence(problem: str) -> Reason:
    return reason(
        "ProbeFailed",
        "The tool did not answer for so long that it was started again. It may need more cpu or "
        "memory for its start; its output says more.",
        raw=problem,
    )
