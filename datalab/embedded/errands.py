"""How far what goes on beside the parts has come."""

from collections.abc import Sequence

from datalab.embedded.installation import Installation


def lines_about(installation: Installation) -> Sequence[str]:
    """A line for each errand that is under way or failed; none for what is done."""
    return []
