import pytest

from datalab.gate.pages import not_reachable, nothing_here
from datalab.gate.rights import Standing
from datalab.launcher.lifecycle import Phase

PASSING = {Phase.QUEUED, Phase.PREPARING, Phase.STARTING, Phase.RUNNING, Phase.UNKNOWN}


@pytest.mark.parametrize("phase", list(Phase))
def test_only_what_passes_asks_again_by_itself(phase: Phase) -> None:
    page = not_reachable(Standing(name="nb", phase=phase, message=""))
    assert page.passing == (phase in PASSING)
    assert ('http-equiv="refresh"' in page.html) == page.passing


def test_what_is_being_removed_looks_like_what_never_was() -> None:
    removing = not_reachable(Standing(name="nb", phase=Phase.REMOVING, message="x"))
    assert removing == not_reachable(None) == nothing_here()


def test_a_page_stands_alone_and_runs_nothing() -> None:
    page = not_reachable(Standing(name="nb", phase=Phase.STARTING, message="Pulls <b>it</b>."))
    headers, body = page.answer(wants_html=True)
    assert "default-src 'none'" in dict(headers)["Content-Security-Policy"]
    assert b"Pulls &lt;b&gt;it&lt;/b&gt;." in body
    assert all(word not in body for word in (b"<script", b"src=", b"http://", b"https://", b"$"))
    assert b"prefers-color-scheme: dark" in body
