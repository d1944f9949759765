"""Whether the API server answers: a watch that is silent looks the same whether it does or not."""

import threading
import time

import structlog

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.cluster.kubernetes.api import KubernetesApi

log = structlog.get_logger(__name__)

EVERY = 10.0
"""Seconds: six requests a minute, whatever runs."""
AGAIN_AFTER = 2.0
"""Seconds, where there was no answer."""


class Pulse:
    """Runs in a thread of its own until `stop`."""

    def __init__(self, api: KubernetesApi, *, stop: threading.Event) -> None:
        self.answered_at = time.monotonic()
        self._api = api
        self._stop = stop

    def run(self) -> None:
        while not self._stop.is_set():
            wait = EVERY
            try:
                self._api.ping()
                self.answered_at = time.monotonic()
            except ProviderUnavailable as error:
                log.info("mirror_without_pulse", code=error.code)
                wait = AGAIN_AFTER
            except ProviderRefused:  # it may not be asked this, which is an answer
                self.answered_at = time.monotonic()
            self._stop.wait(wait)
