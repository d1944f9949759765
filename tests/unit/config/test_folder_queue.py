"""Messages in a folder: whole, in order, and read by one."""

import threading
from pathlib import Path

import pytest
from kombu import Connection

from datalab.config.celery import app


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    for name in ("in", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "in"),
        "data_folder_out": str(tmp_path / "in"),
        "control_folder": str(tmp_path / "control"),
    }
    return Connection("filesystem://", transport_options=options)


def test_the_platforms_queue_is_this_one() -> None:
    with app.connection_for_write("filesystem://") as opened:
        assert type(opened.transport).__module__ == "datalab.config.folder_queue"


def test_who_reads_while_it_is_written_never_finds_half_a_message(connection: Connection) -> None:
    many = 300
    text = "x" * 20_000

    def write() -> None:
        with connection.clone() as mine, mine.SimpleQueue("work") as queue:
            for number in range(many):
                queue.put({"number": number, "text": text})

    writer = threading.Thread(target=write)
    with connection as mine, mine.SimpleQueue("work") as queue:
        # Now the queue is known: two who make it known at once are another matter.
        writer.start()
        read = []
        for _ in range(many):
            message = queue.get(timeout=20)
            message.ack()
            read.append(message.payload["number"])
    writer.join()
    assert sorted(read) == list(range(many))
