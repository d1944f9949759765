"""Calling the helm program: argument lists, private folders, an empty environment, a time limit."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datalab.providers.charts.binary import find_helm


class HelmFailed(Exception):
    """`stderr` is for whoever translates it, never for people. None: it was ended before its end."""

    def __init__(self, stderr: str | None) -> None:
        super().__init__("helm failed")
        self.stderr = stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class HelmProgram:
    """`home` holds helm's own empty folders; `reaches` are the variables that lead to a cluster."""

    home: Path
    timeout: float
    reaches: Mapping[str, str] = field(default_factory=dict)

    def run(
        self, options: Sequence[str], *names: str, values: Mapping[str, Any] | None = None
    ) -> bytes:
        """What it says on stdout. `names` come after `--`, so that none can be an option.

        Values go by a file that only this user may read: arguments are visible to all.
        """
        (self.home / "plugins").mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.home, prefix="values-", suffix=".json") as file:
            command = [str(find_helm()), *options]
            if values is not None:
                file.write(json.dumps(values).encode())
                file.flush()
                command += ["--values", file.name]
            return self._call([*command, "--", *names])

    def _call(self, command: Sequence[str]) -> bytes:
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                check=False,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                timeout=self.timeout,
            )
        except subprocess.TimeoutExpired as exc:
            raise HelmFailed(None) from exc
        if done.returncode < 0:
            raise HelmFailed(None)
        if done.returncode != 0:
            raise HelmFailed(done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """Nothing of the platform's own: no plugins, no registry sign-in, no proxy."""
        return {
            "PATH": os.defpath,
            "HOME": str(self.home),
            "HELM_CACHE_HOME": str(self.home / "cache"),
            "HELM_CONFIG_HOME": str(self.home / "config"),
            "HELM_DATA_HOME": str(self.home / "data"),
            "HELM_PLUGINS": str(self.home / "plugins"),
            "KUBECONFIG": str(self.home / "no-cluster"),
            **self.reaches,
        }
