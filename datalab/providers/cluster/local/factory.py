"""Putting the local runtime together from the settings."""

from pathlib import Path

from django.conf import settings

from datalab.core.paths import socket_path
from datalab.providers import registry
from datalab.providers.cluster.local.client import AgentClient
from datalab.providers.cluster.local.environments import Environments
from datalab.providers.cluster.local.folders import Folders
from datalab.providers.cluster.local.planning import CERTIFICATES, Planner
from datalab.providers.cluster.local.runtime import LocalRuntime


def local_runtime(*, catalogue: str, kept: str) -> LocalRuntime:
    """The runtime of this installation; `catalogue` is the folder whose charts may stand in.

    `kept` is where those of them are that something was made of.
    """
    state = Path(settings.STATE_DIR)
    folders = Folders.below(state)
    certificates = Path(CERTIFICATES)
    return LocalRuntime(
        folders=folders,
        agent=AgentClient(socket_path("agent.sock")),
        charts=registry.chart_engine(),
        environments=Environments(state / "environments", Path(catalogue), Path(kept)),
        planner=Planner(
            folders=folders, certificates=certificates if certificates.is_file() else None
        ),
    )
