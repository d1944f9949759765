"""The gate's own certificate, which may be replaced while it runs."""

import asyncio
import ssl
from pathlib import Path

import structlog

LOOKS_EVERY = 30.0
"""Seconds."""

log = structlog.get_logger(__name__)


class Certificate:
    """`context` serves new connections with what is in the files now. Raises OSError at first."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = certificate, key
        self._read_at = self._changed_at()
        self.context = self._loaded()

    def renew(self) -> None:
        """A pair that is half replaced is tried again: the former one serves until then."""
        try:
            changed_at = self._changed_at()
            if changed_at == self._read_at:
                return
            self._loaded()  # a pair that does not match would leave a context with neither
            self.context.load_cert_chain(*self._files)
        except OSError as error:  # ssl.SSLError is one
            log.warning("certificate_not_renewed", error=type(error).__name__)
        else:
            self._read_at = changed_at
            log.info("certificate_renewed")

    async def forever(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            await asyncio.to_thread(self.renew)

    def _loaded(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(*self._files)
        return context

    def _changed_at(self) -> tuple[int, ...]:
        return tuple(file.stat().st_mtime_ns for file in self._files)
