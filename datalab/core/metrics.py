"""What the platform counts about itself, in the words of Prometheus.

Each process counts for itself and starts at 0: a scraper adds the processes up and knows restarts
(https://prometheus.io/docs/concepts/metric_types/#counter). Labels are closed sets: never a
tenant's name, never what somebody typed.
"""

import re
import threading

from prometheus_client import Counter, Histogram, disable_created_metrics

from datalab.core.later import after_commit

# A second series for each, which nothing here asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]
MOST_REASONS = 60
OTHER = "other"
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,47}")

LAUNCHES = Counter(
    "datalab_launches",
    "Launches by how they went: accepted or refused when asked; running or failed once started.",
    ["outcome", "reason"],
)
REFUSALS = Counter(
    "datalab_quota_refusals", "What a launch, resume or change asked too much of.", ["resource"]
)
PHASE_SECONDS = Histogram(
    "datalab_phase_seconds",
    "How long services were in a phase, seen when they left it.",
    ["phase"],
    buckets=(0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800),
)
RECONCILE_SECONDS = Histogram(
    "datalab_reconcile_seconds",
    "How long one round of a reconciler took.",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
PROVIDER_FAILURES = Counter(
    "datalab_provider_failures", "Rounds that an outside system ended.", ["provider", "code"]
)
CLUSTER_REQUESTS = Counter(
    "datalab_cluster_requests",
    "Requests to the cluster's API server: one answer, or a watch that lasts.",
    ["kind"],
)
WATCH_LAG = Histogram(
    "datalab_watch_lag_seconds",
    "From hearing of a change on the cluster to what people read.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
EVENTS = Counter("datalab_audit_events", "What was written to the audit.", ["type"])
SIGN_INS_REFUSED = Counter("datalab_sign_ins_refused", "Sign-ins that did not succeed.", ["reason"])
TOKENS_USED = Counter("datalab_tokens_used", "Requests with a bearer token.", ["kind", "outcome"])
HTTP_SECONDS = Histogram(
    "datalab_http_request_seconds",
    "How long answers took, by the address's template.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
TASKS = Counter("datalab_tasks", "Tasks that the worker finished.", ["task", "outcome"])

_reasons: set[str] = set()
_lock = threading.Lock()


def bounded(reason: str) -> str:
    """A reason's code as a label: runtimes may invent codes, a scraper's memory may not grow so."""
    if not reason:
        return "none"
    with _lock:
        if reason in _reasons:
            return reason
        if len(_reasons) >= MOST_REASONS or not _WORD.fullmatch(reason):
            return OTHER
        _reasons.add(reason)
    return reason


def count_once_committed(counter: Counter, **labels: str) -> None:
    """What is rolled back has not happened."""
    after_commit(counter.labels(**labels).inc)
