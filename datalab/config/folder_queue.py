"""A queue in a folder, whose messages are whole or not there.

Kombu opens a message's file under its final name and writes afterwards: a worker that looks in
between reads an empty file, and ends with it.
"""

import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(  # type: ignore[override] # the parents do not agree
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        """Written under a name that no reader looks for, then renamed."""
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        draft = folder / f"{name}.draft"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(dumps(payload).encode())
            draft.replace(folder / name)
        except OSError as error:
            raise ChannelError(f"Cannot write a message for {queue}.") from error


class Transport(filesystem.Transport):
    Channel = Channel
