"""How far what goes on beside the parts has come."""

from collections.abc import Sequence

from datalab.embedded.installation import Installation
from datalab.embedded.parts import PREPARED
from datalab.embedded.processes import end, session_of, with_arguments
from datalab.embedded.wiring import charts_folder
from datalab.providers.cluster.local.declaration import Declaration, read_declaration
from datalab.providers.cluster.local.environments import BUILDER, Environments
from datalab.providers.cluster.local.spec import BuildState, BuildStatus


class Errands:
    """The environments that are prepared while nobody waits for them yet."""

    def __init__(self, installation: Installation) -> None:
        catalogue = charts_folder()
        self._environments = Environments(installation.state / "environments", catalogue)
        self._declarations: Sequence[Declaration] = [
            read_declaration(catalogue / chart / "local") for chart in PREPARED
        ]

    def lines(self) -> Sequence[str]:
        """A line for each that is under way or has failed; none for what is ready."""
        states = ((one, self._environments.status(one)) for one in self._declarations)
        return [line for one, status in states if (line := line_about(one.title, status))]


def end_builds(installation: Installation) -> int:
    """End what builds environments here, for errands or for launches; it begins anew when asked.

    Builds outlive who started them, so nobody else ends them. How many there were.
    """
    builders = with_arguments(BUILDER, "--root", str(installation.state / "environments"))
    end([one for builder in builders for one in session_of(builder)], seconds=2)
    return len(builders)


def line_about(title: str, status: BuildStatus) -> str:
    """Empty where there is nothing to say."""
    match status.state:
        case BuildState.BUILDING:
            share = "" if status.progress is None else f" ({status.progress:.0%})"
            return f"{title}'s environment: {status.message}{share}"
        case BuildState.FAILED:
            return f"{title}'s environment could not be prepared: {status.message}"
        case BuildState.READY | BuildState.ABSENT:
            return ""
