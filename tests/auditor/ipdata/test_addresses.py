"""Classes of addresses: at every border of every special network, and inside what stands for another address."""

from ipaddress import IPv6Address, ip_address, ip_network

import pytest

from auditor.ipdata.addresses import CLASSES, address_class, address_kind, carried, has_a_place, special
from auditor.ipdata.special import SPECIAL
from auditor.model.enumerations import WORDS

# The IANA special-purpose registries for IPv4 and IPv6 (RFC 6890, as of October 2025), as they are written there.
IANA = {
    "private": (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "192.0.0.0/29"),
        *("::1/128", "64:ff9b:1::/48"),
    ),
    "link_local": ("169.254.0.0/16", "fe80::/10"),
    "cgnat": ("100.64.0.0/10",),
    "ula": ("fc00::/7",),
    "anycast": (
        *("192.0.0.9/32", "192.0.0.10/32", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24"),
        *("2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:3::/32", "2001:4:112::/48", "2620:4f:8000::/48"),
    ),
    "public": (
        *("0.0.0.0/8", "192.0.0.0/24", "192.0.0.8/32", "192.0.0.170/32", "192.0.0.171/32", "192.0.2.0/24"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "255.255.255.255/32"),
        *("::/128", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:2::/48", "2001:10::/28", "2001:20::/28"),
        *("2001:30::/28", "2001:db8::/32", "3fff::/20", "5f00::/16"),
    ),
}
# Set aside elsewhere: multicast (RFC 5771, RFC 4291), site-local (RFC 3879), NSAP (RFC 4048).
OTHERS = {"public": ("224.0.0.0/4", "ff00::/8", "200::/7"), "private": ("fec0::/10",)}
NETWORKS = [(name, ip_network(text)) for table in (IANA, OTHERS) for name, texts in table.items() for text in texts]
# In the registries too, but each stands for an IPv4 address.
STANDING = ("::ffff:0:0/96", "64:ff9b::/96", "2001::/32", "2002::/16")


def expected(address):
    """Return what the smallest network of the registries says of an address."""
    number = ip_address(carried(address))
    inside = [(net.prefixlen, name) for name, net in NETWORKS if net.version == number.version and number in net]
    return (max(inside)[1], False) if inside else ("public", True)


@pytest.mark.parametrize(("name", "network"), NETWORKS, ids=str)
def test_a_network_begins_and_ends_where_its_registry_says(name, network):
    first, last = network.network_address, network.broadcast_address
    for address in (first, last):
        if carried(address) == address:  # the first of 2001::/23 is a Teredo client
            assert (address_class(str(address)), has_a_place(address)) == expected(address)
    assert any(name == expected(address)[0] for address in (first, last) if carried(address) == address)
    outside = [first - 1] if int(first) else []
    outside += [last + 1] if int(last) + 1 < 1 << network.max_prefixlen else []
    for address in outside:
        assert (address_class(str(address)), has_a_place(address)) == expected(address), address


def test_nothing_is_special_that_no_list_has():
    listed = {net for _, net in NETWORKS} - {ip_network("192.0.0.170/32"), ip_network("192.0.0.171/32")}
    assert {row.prefix for row in SPECIAL} == listed | {ip_network("192.0.0.170/31")}


@pytest.mark.parametrize("text", STANDING)
def test_what_stands_for_an_ipv4_address_does_so_up_to_its_borders(text):
    network = ip_network(text)
    first, last = network.network_address, network.broadcast_address
    assert carried(first).version == carried(last).version == 4
    assert carried(IPv6Address(int(last) + 1)).version == 6
    before = IPv6Address(int(first) - 1)
    assert carried(before).version == 6


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("2002:c633:6401::1", "198.51.100.1"),
        ("2002:808:808::1", "8.8.8.8"),
        ("2001:0:c000:201:0:0:f5ff:fffe", "10.0.0.1"),
        ("64:ff9b::8.8.8.8", "8.8.8.8"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("::8.8.8.8", "8.8.8.8"),
        ("::2", "0.0.0.2"),
        ("::1", "::1"),
        ("2001:1::1", "2001:1::1"),
        ("64:ff9b:1::808:808", "64:ff9b:1::808:808"),
        ("::fffe:10.1.2.3", "::fffe:a01:203"),
        ("2400:3200::5efe:10.1.2.3", "2400:3200::5efe:a01:203"),  # ISATAP: its prefix says where it is
        ("fe80::5efe:8.8.8.8", "fe80::5efe:808:808"),
        ("8.8.8.8", "8.8.8.8"),
    ],
)
def test_an_address_that_stands_for_another_is_that_one(text, inside):
    assert carried(ip_address(text)) == ip_address(inside)
    assert address_class(text) == address_class(inside)
    assert has_a_place(ip_address(text)) is has_a_place(ip_address(inside))


def test_an_address_in_words():
    teredo = address_kind("2001:0:4136:e378:8000:63bf:3fff:fdd2")
    assert (teredo.carried, teredo.server) == ("192.0.2.45", "65.54.227.120")  # the example of RFC 4380
    assert teredo.what is not None
    assert (teredo.what.en, teredo.source) == ("Teredo client; documentation", "RFC 4380, RFC 5737")
    plain = address_kind("202.96.128.86")
    assert (plain.carried, plain.what, plain.server) == (None, None, None)
    assert address_kind("5f00::1").source == "RFC 9602"


def test_every_special_network_has_a_class_words_and_a_source():
    assert set(CLASSES) | {"none"} == set(WORDS["remote_address_class"])
    for row in SPECIAL:
        assert row.class_ in CLASSES
        assert row.what.en
        assert row.what.zh
        assert row.source.startswith("RFC ")
        assert special(row.prefix.network_address) is not None


def test_a_far_end_without_an_address():
    assert address_class(None) == "unresolved"
