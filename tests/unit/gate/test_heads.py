import pytest

from datalab.gate.heads import BadHead, Head

PLAIN = (
    b"GET /lab?x=%2F HTTP/1.1\r\nHost: nb.localhost:8080\r\nX-Datalab-Door: t\r\n"
    b"x_datalab_user: mallory\r\nX-DATALAB-Anything: 1\r\nCookie: a=1\r\n"
    b"Connection: keep-alive\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n"
)
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: nb.localhost\r\nConnection: keep-alive, Upgrade\r\n"
    b"Upgrade: websocket\r\nX-Datalab-Door: t\r\n\r\n"
)


def test_the_tool_gets_the_request_without_what_is_in_our_name() -> None:
    assert Head.parse(PLAIN).for_tool("bob").rendered() == (
        b"GET /lab?x=%2F HTTP/1.1\r\nHost: nb.localhost:8080\r\nCookie: a=1\r\n"
        b"X-Twice: 1\r\nX-Twice: 2\r\nConnection: close\r\nX-Datalab-User: bob\r\n\r\n"
    )


def test_an_upgrade_stays_one() -> None:
    passed_on = Head.parse(UPGRADE).for_tool("bob").rendered()
    assert b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n" in passed_on
    assert b"Door" not in passed_on


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"GET /\r\n\r\n", id="no version"),
        pytest.param(b"GET / HTTP/2\r\n\r\n", id="another version"),
        pytest.param(b"GET / HTTP/1.1\r\nHost\r\n\r\n", id="a header without a colon"),
        pytest.param(b"GET / HTTP/1.1\r\nA: 1\r\n B: 2\r\n\r\n", id="a folded header"),
        pytest.param(b"GET / HTTP/1.1\r\nA : 1\r\n\r\n", id="a space before the colon"),
        pytest.param(b"GET / HTTP/1.1\r\nA: 1\nB: 2\r\n\r\n", id="a bare line break"),
        pytest.param(b"GET / HTTP/1.1\r\nA: \0\r\n\r\n", id="a zero byte"),
        pytest.param(b"\r\n\r\n", id="nothing"),
    ],
)
def test_a_head_that_two_readers_may_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(BadHead):
        Head.parse(raw)
