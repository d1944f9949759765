"""Where a request comes from: the network's word first, a proxy's only where it is ours."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

Networks = Sequence[IPv4Network | IPv6Network]


def address_of(peer: str, forwarded_for: str, *, proxies: int, networks: Networks) -> str:
    """The caller's address, or "" where there is none.

    Each trusted proxy adds the address that it saw at the end of `X-Forwarded-For`, so with one
    proxy the last entry counts, with two the last but one. All before it is what the caller sent,
    and proves nothing. The header counts only where the peer is in `networks`.
    """
    seen = _plain(peer)
    if not proxies or not seen or not _within(seen, networks):
        return seen
    told = [one for one in (part.strip() for part in forwarded_for.split(",")) if one]
    # Fewer entries than proxies: somebody came in by a side door, and wrote all of them.
    return _plain(told[-proxies]) if len(told) >= proxies else seen


def _within(address: str, networks: Networks) -> bool:
    return any(ip_address(address) in network for network in networks)


def _plain(text: str) -> str:
    """One spelling for each address; "" for what is none."""
    try:
        found = ip_address(text.strip().removeprefix("[").partition("]")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(found).partition("%")[0]
