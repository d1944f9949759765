"""The parts of the platform, and how each is asked whether it works."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.utils.timezone import now

from datalab.core.delivery import Delivery
from datalab.core.errors import ProviderError
from datalab.launcher.leading import somebody_watches
from datalab.monitoring.models import Heartbeat
from datalab.providers import registry

SILENT_AFTER = timedelta(seconds=45)
LATE = 15.0
"""Seconds that a task waits in the queue before people notice."""


class Failing(Exception):
    """A sentence for an administrator. It may name no host and no secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`check` returns a remark (empty where there is none), or raises Failing or ProviderError.

    `without_it` says what people notice, `advice` what an administrator does about it.
    """

    name: str
    title: str
    check: Callable[[], str]
    without_it: str
    advice: str
    within: float = 3.0


def all_parts() -> Sequence[Part]:
    return [
        Part(
            name="database",
            title="Database",
            check=_database,
            without_it="Nothing works but tools that run already.",
            advice="Look whether its server runs, whether its disk is full, and at its log.",
        ),
        Part(
            name="worker",
            title="Worker",
            check=_worker,
            without_it="Launches stay queued; nothing is started, paused or removed.",
            advice="Start a worker, and read the last lines of its log. Nothing is lost meanwhile.",
        ),
        Part(
            name="queue",
            title="Queue and clock",
            check=_queue,
            without_it="What was asked for begins late, and nothing is looked at by itself.",
            advice="Look at the broker and at the process that runs the clock (celery beat).",
        ),
        Part(
            name="gate",
            title="Gate",
            check=_gate,
            without_it="No tool can be opened, and pages do not follow changes by themselves.",
            advice="Start the gate again, and read the last lines of its log.",
        ),
        Part(
            name="cluster",
            title="Runtime of tools",
            check=_asked(lambda: registry.cluster_runtime().ping()),
            without_it="Tools run on, but none can be started, stopped or looked at.",
            advice="Look at the cluster's API server, or at the agent on this machine.",
        ),
        *([_WATCHER] if settings.CLUSTER == "kubernetes" else []),
        Part(
            name="secrets",
            title="Secret store",
            check=_secrets,
            without_it="Secrets cannot be read or written, and tools with secrets do not start.",
            advice="Look whether it is sealed, and whether the platform's login still holds.",
        ),
        Part(
            name="objects",
            title="Object store",
            check=_asked(lambda: registry.object_store().ping()),
            without_it="Buckets cannot be reached, and new tools get no keys for theirs.",
            advice="Look at the store's own health, its disk and its certificate.",
        ),
        Part(
            name="identity",
            title="Identity provider",
            check=_asked(lambda: registry.identity_provider().ping()),
            without_it="Nobody can sign in. Who is signed in goes on working.",
            advice="Look at the provider's own status page, and at the way to it.",
        ),
    ]


def _watcher() -> str:
    try:
        watched = somebody_watches(now())
    except DatabaseTrouble as error:
        raise Failing("The database does not answer, so nobody can tell.") from error
    if not watched:
        raise Failing("No watcher follows the cluster.")
    return ""


_WATCHER = Part(
    name="watcher",
    title="Watcher of the cluster",
    check=_watcher,
    without_it="People read what happens to tools seconds or minutes late.",
    advice="Start a watcher, and read the last lines of its log. Workers ask meanwhile.",
)


def _asked(ping: Callable[[], None]) -> Callable[[], str]:
    def check() -> str:
        try:
            ping()
        except ProviderError as error:
            raise Failing(error.detail) from error
        return ""

    return check


def _secrets() -> str:
    _asked(lambda: registry.secret_store().ping())()
    return _DELIVERED[settings.SECRET_DELIVERY]


_DELIVERED = {
    Delivery.INJECTOR: "",
    Delivery.EXTERNAL_SECRETS: "The External Secrets operator copies chosen secrets into Secrets of "
    "tenants' namespaces: whoever may read Secrets there, or the cluster's etcd, reads them.",
    Delivery.KUBERNETES_SECRET: "The platform copies chosen secrets into Secrets of tenants' "
    "namespaces: whoever may read Secrets there, or the cluster's etcd, reads them.",
}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseTrouble as error:
        raise Failing("The database does not answer.") from error
    return ""


def _worker() -> str:
    alive = _beats("worker:")
    if not alive:
        raise Failing("No worker has given a sign of life for 45 seconds.")
    return f"{len(alive)} {'worker' if len(alive) == 1 else 'workers'}, last heard {_age(alive)}."


def _gate() -> str:
    alive = _beats("gate:")
    if not alive:
        raise Failing("The gate has given no sign of life for 45 seconds.")
    return f"Last heard {_age(alive)}."


def _queue() -> str:
    beats = _beats("queue")
    if not beats:
        raise Failing("No task of the clock has come through the queue for 45 seconds.")
    lag = beats["queue"].lag
    if lag > LATE:
        raise Failing(f"Tasks wait {lag:.0f} s in the queue before a worker takes them.")
    return f"The last task came {_age(beats)} and had waited {lag:.1f} s."


def _beats(prefix: str) -> Mapping[str, Heartbeat]:
    since = now() - SILENT_AFTER
    try:
        rows = list(Heartbeat.objects.filter(part__startswith=prefix, at__gte=since))
    except DatabaseTrouble as error:
        raise Failing("The database does not answer, so nobody can tell.") from error
    return {row.part: row for row in rows}


def _age(beats: Mapping[str, Heartbeat]) -> str:
    newest = max(row.at for row in beats.values())
    return f"{max(0, (now() - newest).total_seconds()):.0f} s ago"
