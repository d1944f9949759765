"""Logs: the end of it, and not too much."""

from pathlib import Path

import pytest

from datalab.providers.cluster.local import logs


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


@pytest.mark.parametrize(
    ("written", "lines", "expected"),
    [
        pytest.param("a\nb\nc\n", 2, "b\nc\n", id="the last two"),
        pytest.param("a\nb", 1, "b", id="a line that has not ended"),
        pytest.param("a\nb\n", 9, "a\nb\n", id="fewer than asked for"),
        pytest.param("", 5, "", id="nothing written"),
        pytest.param("a\n", 0, "", id="none asked for"),
        pytest.param("a\n", -1, "", id="less than none"),
    ],
)
def test_the_tail(log: Path, written: str, lines: int, expected: str) -> None:
    log.write_text(written)
    assert logs.tail(log, lines) == expected


def test_no_log_is_an_empty_one(log: Path) -> None:
    assert logs.tail(log, 10) == ""


def test_what_is_no_text_is_shown_as_well_as_it_goes(log: Path) -> None:
    log.write_bytes(b"good \xff\xfe\n")
    assert logs.tail(log, 1) == "good \ufffd\ufffd\n"


def test_a_long_log_is_read_from_its_end(log: Path) -> None:
    log.write_text("".join(f"line {number}\n" for number in range(50_000)))
    assert logs.tail(log, 2) == "line 49998\nline 49999\n"


def test_one_endless_line_is_cut(log: Path) -> None:
    log.write_bytes(b"x" * 3 * 1024 * 1024)
    assert len(logs.tail(log, 1)) == 2 * 1024 * 1024


def test_too_much_is_moved_aside_and_the_writer_goes_on(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST", 10)
    with log.open("a") as writer:
        writer.write("0123456789\nold\n")
        writer.flush()
        logs.bound(log)
        writer.write("new\n")
    assert log.read_text() == "new\n"
    assert logs.tail(log, 2) == "old\nnew\n"
    assert log.with_name("output.log.1").stat().st_mode & 0o777 == 0o600


def test_little_stays_where_it_is(log: Path) -> None:
    log.write_text("little\n")
    logs.bound(log)
    assert log.read_text() == "little\n"
    assert not log.with_name("output.log.1").exists()
