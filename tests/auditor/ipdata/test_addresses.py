"""Classes of addresses: at every border of every special network, and inside what stands for another address."""

from ipaddress import ip_address, ip_network

import pytest

from auditor.ipdata.addresses import address_class, carried, has_a_place

# IANA special-purpose registries, as they are written there; the order is of no meaning.
CLASSES = {
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128"),
    "link_local": ("169.254.0.0/16", "fe80::/10"),
    "cgnat": ("100.64.0.0/10",),
    "ula": ("fc00::/7",),
    "anycast": ("192.88.99.0/24",),
    "public": (
        *("0.0.0.0/8", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "224.0.0.0/3"),
        *("::/128", "2001:db8::/32", "3fff::/20", "ff00::/8"),
    ),
}
NETWORKS = [(name, ip_network(text)) for name, texts in CLASSES.items() for text in texts]


@pytest.mark.parametrize(("name", "network"), NETWORKS, ids=lambda value: str(value))
def test_a_network_begins_and_ends_where_its_registry_says(name, network):
    first, last = network.network_address, network.broadcast_address
    for address in (first, last):
        assert (address_class(str(address)), has_a_place(address)) == (name, False)
    outside = [first - 1] if int(first) else []
    outside += [last + 1] if int(last) + 1 < 1 << network.max_prefixlen else []
    for address in outside:
        other = next((n for n, net in NETWORKS if net.version == network.version and address in net), None)
        assert address_class(str(address)) == (other or "public")
        assert has_a_place(address) is (other is None)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("2002:c633:6401::1", "198.51.100.1"),
        ("2001:0:c000:201:0:0:f5ff:fffe", "10.0.0.1"),
        ("64:ff9b::8.8.8.8", "8.8.8.8"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:1::1", "2001:1::1"),
        ("64:ff9b:1::808:808", "64:ff9b:1::808:808"),
        ("::fffe:10.1.2.3", "::fffe:a01:203"),
        ("8.8.8.8", "8.8.8.8"),
    ],
)
def test_an_address_that_stands_for_another_is_that_one(text, inside):
    assert carried(ip_address(text)) == ip_address(inside)
    assert address_class(text) == address_class(inside)
    assert has_a_place(ip_address(text)) is has_a_place(ip_address(inside))


def test_a_far_end_without_an_address():
    assert address_class(None) == "unresolved"
