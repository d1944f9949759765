import pytest

from datalab.gate.tail import Tail


@pytest.mark.parametrize(
    ("texts", "given"),
    [
        pytest.param(["a\nb\n", "a\nb\n"], [["a", "b"], []], id="nothing new"),
        pytest.param(["a\nb\n", "a\nb\nc\n"], [["a", "b"], ["c"]], id="one more"),
        pytest.param(["a\nb\n", "b\nc\n"], [["a", "b"], ["c"]], id="the window has moved"),
        pytest.param(["a\nb\n", "x\ny\n"], [["a", "b"], ["x", "y"]], id="moved past all of it"),
        pytest.param(["a\na\n", "a\na\na\n"], [["a", "a"], ["a"]], id="the same line again"),
        pytest.param(["a\nb", "a\nbc\n"], [["a"], ["bc"]], id="a line that grew"),
        pytest.param(["a\nb", "a\nb", "a\nb"], [["a"], ["b"], []], id="a prompt that stands still"),
        pytest.param(["", "a\n"], [[], ["a"]], id="from nothing"),
        pytest.param(["a\n", "", "a\n"], [["a"], [], ["a"]], id="after a restart"),
    ],
)
def test_each_line_is_given_once(texts: list[str], given: list[list[str]]) -> None:
    tail = Tail()
    assert [tail.feed(text) for text in texts] == given
