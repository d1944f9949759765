"""What a person is told who asks for more devices than there will ever be. Pure."""

from collections.abc import Mapping

from datalab.providers.cluster.base import Capacity


def lacking(capacity: Capacity, asked: Mapping[str, int]) -> str | None:
    """A sentence about the first device that there are too few of; None where all could be had."""
    if capacity.grows:
        return None
    for name, number in sorted(asked.items()):
        there = capacity.devices.get(name, 0)
        if number and not there:
            return (
                f"There is no {name} here. Ask for none, or ask the "
                "platform's administrator for a machine with one."
            )
        if number > there:
            return f"There are {there} of {name} here: ask for {there} at most."
    return None
