"""Where a webhook may go: https on the open internet, and what the operator has added.

A name is resolved once and the request goes to that very address, so that a name cannot point
elsewhere by the time it is used.
https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from datalab.core.errors import ProviderRefused, ProviderUnavailable

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]
Resolve = Callable[[str, int], list[str]]
PROVIDER = "webhooks"
LONGEST_URL = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """`url` names the address; `host` is what the other side is called."""

    url: str
    host: str
    hostname: str


def destination_of(url: str, *, allowed: Networks, resolve: Resolve) -> Destination:
    """Raises ProviderRefused for an address that is not for us, ProviderUnavailable for none."""
    parts = parsed(url, allowed=allowed)
    hostname = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = [ip_address(one.partition("%")[0]) for one in resolve(hostname, port)]
    if not found:
        raise ProviderUnavailable(f"There is no address for {hostname}.", provider=PROVIDER)
    # All of them: one good address among bad ones is how such guards are passed by.
    if not all(_may_reach(one, allowed) for one in found):
        raise _refused(f"{hostname} is inside of a network that webhooks do not reach.")
    if parts.scheme == "http" and not all(_within(one, allowed) for one in found):
        raise _refused("Over plain http anybody on the way could read it: use https.")
    literal = f"[{found[0]}]" if found[0].version == 6 else str(found[0])
    pinned = parts._replace(netloc=f"{literal}:{port}").geturl()
    return Destination(url=pinned, host=parts.netloc, hostname=hostname)


def parsed(url: str, *, allowed: Networks) -> SplitResult:
    """The address's parts, where it is one that may be tried at all."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("This is no address.") from None
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise _refused(f"An address has at most {LONGEST_URL} plain characters.")
    if parts.scheme not in ({"https", "http"} if allowed else {"https"}) or not parts.hostname:
        raise _refused("An address begins with https:// and a host.")
    if parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise _refused("An address holds no user name, password or fragment.")
    return parts


def resolved(hostname: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(address[0]) for *_, address in found]


def _may_reach(address: Address, allowed: Networks) -> bool:
    return _is_public(address) or _within(address, allowed)


def _is_public(address: Address) -> bool:
    """Also for what stands for another address: mapped, 6to4, Teredo and NAT64."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None or address in _NAT64:
            return False
    return address.is_global and not address.is_multicast


_NAT64 = IPv6Network("64:ff9b::/96")


def _within(address: Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def _refused(detail: str) -> ProviderRefused:
    return ProviderRefused(detail, provider=PROVIDER)
