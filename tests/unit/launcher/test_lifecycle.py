from datetime import timedelta

import pytest

from datalab.launcher.lifecycle import (
    AT_ONCE,
    FOR_SAFETY,
    LATER,
    RARELY,
    SOON,
    Action,
    Phase,
    Wanted,
    decide,
    holds_compute,
    phase_of,
)
from datalab.providers.cluster.base import Observed, Step


@pytest.mark.parametrize(
    ("wanted", "observed", "changed", "step", "action", "check_after"),
    [
        pytest.param("running", "absent", True, None, "apply", SOON, id="launch"),
        pytest.param("running", "absent", False, None, "apply", SOON, id="it vanished: again"),
        pytest.param("running", "starting", False, "starting", "none", SOON, id="wait"),
        pytest.param("running", "starting", False, "preparing", "none", SOON, id="it is built"),
        pytest.param("running", "starting", False, "scheduling", "apply", SOON, id="built: start"),
        pytest.param("running", "running", False, None, "none", LATER, id="settled"),
        pytest.param("running", "failed", False, None, "none", LATER, id="a crash is final"),
        pytest.param("running", "failed", True, None, "apply", SOON, id="started again by hand"),
        pytest.param("running", "running", True, None, "apply", SOON, id="upgrade"),
        pytest.param("paused", "running", True, None, "apply", SOON, id="pause"),
        pytest.param("paused", "paused", False, None, "none", LATER, id="paused"),
        pytest.param("running", "paused", False, None, "apply", SOON, id="stopped by hand: again"),
        pytest.param("running", "starting", False, None, "apply", SOON, id="at no step: again"),
        pytest.param("removed", "running", True, None, "remove", AT_ONCE, id="remove"),
        pytest.param("removed", "failed", False, None, "remove", AT_ONCE, id="remove a failed one"),
        pytest.param("removed", "absent", True, None, "forget", LATER, id="gone for good"),
        pytest.param(
            "running", "unknown", True, None, "none", SOON, id="an outage changes nothing"
        ),
        pytest.param("removed", "unknown", True, None, "none", SOON, id="nor removes anything"),
    ],
)
def test_what_is_done_next(
    wanted: str,
    observed: str,
    changed: bool,
    step: str | None,
    action: str,
    check_after: timedelta,
) -> None:
    decision = decide(
        Wanted(wanted), Observed(observed), changed=changed, step=Step(step) if step else None
    )
    assert (decision.action, decision.check_after) == (Action(action), check_after)


@pytest.mark.parametrize(
    ("wanted", "observed", "changed", "step", "action", "check_after"),
    [
        pytest.param("running", "absent", True, None, "apply", FOR_SAFETY, id="launch"),
        pytest.param("running", "starting", False, "queued", "none", FOR_SAFETY, id="no pod yet"),
        pytest.param("running", "starting", False, "scheduling", "none", FOR_SAFETY, id="no room"),
        pytest.param("running", "starting", False, None, "apply", FOR_SAFETY, id="a part is gone"),
        pytest.param("running", "paused", False, None, "apply", FOR_SAFETY, id="stopped by hand"),
        pytest.param("running", "running", False, None, "none", RARELY, id="settled"),
        pytest.param("running", "failed", False, None, "none", RARELY, id="a crash is final"),
        pytest.param("paused", "paused", False, None, "none", RARELY, id="paused"),
        pytest.param("paused", "starting", False, "starting", "none", FOR_SAFETY, id="it ends"),
        pytest.param("removed", "removing", True, None, "remove", FOR_SAFETY, id="it goes"),
        pytest.param("running", "unknown", False, None, "none", FOR_SAFETY, id="cannot tell"),
    ],
)
def test_where_somebody_watches_it_is_hardly_ever_asked(
    wanted: str,
    observed: str,
    changed: bool,
    step: str | None,
    action: str,
    check_after: timedelta,
) -> None:
    decision = decide(
        Wanted(wanted),
        Observed(observed),
        changed=changed,
        step=Step(step) if step else None,
        watched=True,
    )
    assert (decision.action, decision.check_after) == (Action(action), check_after)


@pytest.mark.parametrize(
    ("wanted", "observed", "changed", "step", "phase"),
    [
        pytest.param("running", "unknown", True, None, "queued", id="just launched"),
        pytest.param("running", "unknown", False, None, "unknown", id="cannot tell"),
        pytest.param("running", "starting", False, "preparing", "preparing", id="building"),
        pytest.param("running", "starting", False, "starting", "starting", id="not ready yet"),
        pytest.param("running", "running", False, None, "running", id="running"),
        pytest.param("running", "failed", False, None, "failed", id="crashed"),
        pytest.param("running", "failed", True, None, "queued", id="being mended"),
        pytest.param("paused", "running", True, None, "pausing", id="pausing"),
        pytest.param("paused", "paused", False, None, "paused", id="paused"),
        pytest.param("removed", "failed", True, None, "removing", id="removing"),
    ],
)
def test_what_a_person_is_told(
    wanted: str, observed: str, changed: bool, step: str | None, phase: str
) -> None:
    told = phase_of(
        Wanted(wanted), Observed(observed), changed=changed, step=Step(step) if step else None
    )
    assert told == phase


@pytest.mark.parametrize(
    ("wanted", "phase", "holds"),
    [
        pytest.param("running", "queued", True, id="a launch holds from the start"),
        pytest.param("running", "unknown", True, id="an outage gives nothing away"),
        pytest.param("running", "failed", False, id="a failed one gives back"),
        pytest.param("paused", "paused", False, id="a paused one gives back"),
    ],
)
def test_who_holds_cpu_and_memory(wanted: str, phase: str, holds: bool) -> None:
    assert holds_compute(Wanted(wanted), Phase(phase)) is holds
