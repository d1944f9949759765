"""One embedded platform: where its state is, where it listens, what it must keep to itself."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from datalab.config import env
from datalab.core.private_files import read_or_create

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""
MARKER = "installation.json"
"""Says that a folder is an embedded platform's state, so that `reset` may remove it."""


@dataclass(frozen=True)
class Installation:
    """All paths are absolute. Nothing is written until `prepare`."""

    state: Path
    port: int
    keep_tools: bool = False

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def run(self) -> Path:
        return self.state / "run"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def demo(self) -> Path:
        return self.state / "demo.json"

    @property
    def accounts(self) -> Path:
        """The demo accounts as seeded: `up` makes `demo` of it while the platform runs."""
        return self.state / "secrets" / "demo-accounts.json"

    @property
    def exists(self) -> bool:
        return (self.state / MARKER).is_file()

    @cached_property
    def keys(self) -> "Keys":
        return Keys(self.state / "secrets")

    def prepare(self) -> None:
        """Make the folders. The state folder itself may be entered, not listed, by sandbox users."""
        if not self.exists and self.state.exists() and _has_folders(self.state):
            raise SystemExit(
                f"{self.state} holds other things and no Datalab platform.\n"
                "Choose another folder with DATALAB_STATE_DIR."
            )
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o711)
        for folder in (self.run, self.logs, self.state / "secrets", self.state / "queue"):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not self.exists:
            write_private(self.state / MARKER, json.dumps({"layout": 1}))


def _has_folders(folder: Path) -> bool:
    """`reset` removes the state folder, so it must not be somebody's home."""
    return any(entry.is_dir() for entry in folder.iterdir())


def from_environment() -> Installation:
    port = env.integer("DATALAB_PORT", 8080)
    if not 0 < port < 65536:
        raise env.WrongSetting("DATALAB_PORT", f"{port} is no port")
    state = Path(env.text("DATALAB_STATE_DIR", "") or ROOT / ".datalab")
    if any(character in str(state) for character in "\"'\n;#%"):
        raise env.WrongSetting("DATALAB_STATE_DIR", "may hold no quotes, newlines, ;, # or %")
    return Installation(
        state=state.expanduser().absolute(),
        port=port,
        keep_tools=env.flag("DATALAB_KEEP_TOOLS", default=False),
    )


@dataclass(frozen=True)
class Keys:
    """Secrets drawn per installation, each in a 0600 file. Parts get its name or the value."""

    folder: Path

    def file(self, name: str) -> Path:
        """The file of a key, drawn now where there is none: 32 random bytes as hexadecimal, no newline."""
        self.value(name)
        return self.folder / name

    def value(self, name: str) -> str:
        return read_or_create(self.folder / name, lambda: secrets.token_hex(32).encode()).decode()


def write_private(file: Path, text: str) -> None:
    """Replace the file as a whole, never readable by anybody else."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    draft.replace(file)


def read_json(file: Path) -> Mapping[str, Any]:
    """An object, or {} where the file is missing or was cut off."""
    try:
        content = json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}
