from ipaddress import ip_network

import pytest

from datalab.core.caller import address_of

OURS = [ip_network("127.0.0.0/8"), ip_network("::1/128"), ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        pytest.param("127.0.0.1", "203.0.113.7", 1, "203.0.113.7", id="the front door says who"),
        pytest.param("127.0.0.1", "6.6.6.6, 203.0.113.7", 1, "203.0.113.7", id="sent by a caller"),
        pytest.param("10.1.1.1", "203.0.113.7, 10.2.2.2", 2, "203.0.113.7", id="two proxies"),
        pytest.param("10.1.1.1", "203.0.113.7", 2, "10.1.1.1", id="past one of two proxies"),
        pytest.param("198.51.100.9", "203.0.113.7", 1, "198.51.100.9", id="a stranger's word"),
        pytest.param("127.0.0.1", "203.0.113.7", 0, "127.0.0.1", id="no proxy at all"),
        pytest.param("127.0.0.1", "", 1, "127.0.0.1", id="nothing said"),
        pytest.param("127.0.0.1", "<script>", 1, "", id="no address"),
        pytest.param("", "203.0.113.7", 1, "", id="no peer"),
        pytest.param("::ffff:127.0.0.1", "203.0.113.7", 1, "203.0.113.7", id="mapped"),
        pytest.param("::1", "2001:DB8::1", 1, "2001:db8::1", id="IPv6 in one spelling"),
        pytest.param("::1", "fe80::1%eth0", 1, "fe80::1", id="without a zone"),
        pytest.param("::1", "[2001:db8::1]:443", 1, "2001:db8::1", id="in brackets with a port"),
    ],
)
def test_the_address_is_what_a_trusted_proxy_saw(
    peer: str, forwarded: str, proxies: int, address: str
) -> None:
    assert address_of(peer, forwarded, proxies=proxies, networks=OURS) == address
