"""What the agent remembers of a start, and what bubblewrap says of it."""

from pathlib import Path

import pytest

from datalab.providers.cluster.base import Reason, ReleaseRef
from datalab.providers.cluster.local.agent.instance import Instance, Stage, read_status
from datalab.providers.cluster.local.processes import Process


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param("", {}, id="nothing yet"),
        pytest.param('{ "child-pid": 7 }\n', {"child-pid": 7}, id="started"),
        pytest.param(
            '{ "child-pid": 7 }\n{ "exit-code": 3 }\n',
            {"child-pid": 7, "exit-code": 3},
            id="ended",
        ),
        pytest.param('{\n "child-pid": 7\n}{"exit', {"child-pid": 7}, id="cut off in the middle"),
        pytest.param("\n{}\n", {}, id="says nothing"),
    ],
)
def test_the_status_is_read_as_far_as_it_goes(
    tmp_path: Path, written: str, found: dict[str, int]
) -> None:
    (tmp_path / "status.json").write_text(written)
    assert read_status(tmp_path / "status.json") == found


def test_no_status_is_an_empty_one(tmp_path: Path) -> None:
    assert read_status(tmp_path / "status.json") == {}


def instance() -> Instance:
    return Instance(
        id="abc",
        ref=ReleaseRef(namespace="dl-acme", name="web"),
        digest="d",
        uid=7,
        port=80,
        probe_path="/",
        probe_timeout=1,
        probe_period=2,
        probe_failures=3,
        memory=None,
        stop_grace=4,
        stage=Stage.READY,
        released=True,
        process=Process(pid=1, started=2, boot="b"),
        monitor=Process(pid=3, started=4, boot="b"),
        reason=Reason(code="C", message="m", raw="r"),
    )


def test_it_is_read_back_as_it_was_written() -> None:
    assert Instance.from_json(instance().to_json()) == instance()


def test_one_that_an_older_agent_wrote_is_read_too() -> None:
    document = instance().to_json()
    del document["monitor"]
    assert Instance.from_json(document).monitor is None


def test_one_that_a_newer_agent_wrote_is_refused() -> None:
    with pytest.raises(TypeError):
        Instance.from_json({**instance().to_json(), "wings": 2})
