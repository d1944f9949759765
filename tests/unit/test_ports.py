"""The ports on which tests start real parts, many at a time beside each other."""

from pathlib import Path

from tests.parts.ports import free_port

OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""https://docs.kernel.org/networking/ip-sysctl.html"""


def test_no_outgoing_connection_takes_a_port_before_its_part_has_started() -> None:
    first, last = map(int, OUTGOING.read_text().split())
    assert [port for _ in range(50) if first <= (port := free_port()) <= last] == []


def test_no_port_is_given_twice() -> None:
    drawn = [free_port() for _ in range(200)]
    assert len(set(drawn)) == len(drawn)
