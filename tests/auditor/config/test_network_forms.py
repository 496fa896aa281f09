from ipaddress import ip_network

import pytest

from auditor.config.forms import Form
from auditor.config.network_forms import ADDRESS, EXECUTABLE, FINGERPRINT, HOST, INTERFACE, PREFIX, WIREGUARD_KEY
from auditor.config.words import Wrong

KEY = "nv5z0Uo5ctHY2nDfB8RzuWtLpvmi2zGQC8w5zFrVJ2U="
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def wrong(form: Form, value: object) -> str:
    with pytest.raises(Wrong) as caught:
        form.parse(value)
    return str(caught.value)


def test_prefixes() -> None:
    assert PREFIX.parse("198.51.100.0/24") == ip_network("198.51.100.0/24")
    assert PREFIX.parse("2001:DB8::/32") == ip_network("2001:db8::/32")
    assert PREFIX.parse("203.0.113.7") == ip_network("203.0.113.7/32")


def test_host_bits_are_explained() -> None:
    assert wrong(PREFIX, "203.0.113.7/24") == (
        '"203.0.113.7/24" has bits set beyond /24 (did you mean 203.0.113.0/24, or 203.0.113.7/32 for one address?)'
    )
    assert "(did you mean 2001:db8::/32, or 2001:db8::1/128 for one address?)" in wrong(PREFIX, "2001:db8::1/32")


@pytest.mark.parametrize(
    "value",
    [
        *("", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "10.0.0.0/0.0.0.255", "10.0.0.0/-1", "10.0.0/8"),
        *("::/129", "fe80::%eth0/64", "example.com", "10.0.0.0/８", "0x0a000000/8", "010.0.0.0/8"),
        *("1" * 5000, "10.0.0.0/" + "9" * 5000),
    ],
)
def test_what_is_no_prefix(value: str) -> None:
    words = wrong(PREFIX, value)
    assert "is not a prefix" in words
    assert len(words) < 200


def test_an_ipv4_prefix_in_ipv6_form_is_refused() -> None:
    assert "write it as IPv4" in wrong(PREFIX, "::ffff:192.0.2.0/120")
    assert wrong(PREFIX, 167772160) == 'must be a prefix such as "198.51.100.0/24", not a whole number'


def test_addresses() -> None:
    assert ADDRESS.parse("192.0.2.1") == "192.0.2.1"
    assert ADDRESS.parse("2001:DB8:0::1") == "2001:db8::1"
    assert wrong(ADDRESS, "192.0.2.1/30").endswith("(leave out the prefix length)")
    assert "the interface has its own key" in wrong(ADDRESS, "fe80::1%eth0")
    for value in ("0.0.0.0", "::", "224.0.0.5", "ff02::1"):
        assert "is not the address of one router" in wrong(ADDRESS, value)
    for value in ("", "gw", "1.2.3", "1.2.3.4.5", "٣.0.0.1"):
        assert "is not an IP address" in wrong(ADDRESS, value)


def test_host_names() -> None:
    assert HOST.parse("VPN.Example.COM.") == "vpn.example.com"
    assert HOST.parse("_sip.example") == "_sip.example"
    assert HOST.parse("xn--fiqs8s") == "xn--fiqs8s"
    assert "xn-- form" in wrong(HOST, "例子.中国")
    assert "is an address" in wrong(HOST, "203.0.113.1")
    for value in ("", ".", "a..b", "-a.b", "a b", "a/b", "a" * 64, ".".join(["abc"] * 70), "host:443", "a\n"):
        assert "is not a host name" in wrong(HOST, value)


def test_wireguard_keys_are_never_quoted() -> None:
    assert WIREGUARD_KEY.parse(KEY) == KEY
    for value in (
        KEY[:-1],
        KEY + "=",
        KEY[:-2] + "V=",
        "A" * 44,
        KEY.replace("n", "中"),
        " " + KEY,
        "",
        KEY[:20],
        "AA==",
    ):
        words = wrong(WIREGUARD_KEY, value)
        assert words.startswith("is not a WireGuard public key")
        assert value[:10] not in words or not value


def test_fingerprints() -> None:
    pairs = ":".join(DIGEST[i : i + 2] for i in range(0, 64, 2))
    assert FINGERPRINT.parse(DIGEST.upper()) == DIGEST
    assert FINGERPRINT.parse(pairs) == DIGEST
    for value in (
        DIGEST[:-1],
        DIGEST + "0",
        pairs.replace(":", "", 1),
        pairs.replace(":", "-"),
        "g" * 64,
        "sha256:" + DIGEST,
    ):
        assert wrong(FINGERPRINT, value).startswith("is not a SHA-256 fingerprint")


def test_interfaces() -> None:
    for value in ("eth0", "eth0.100", "wg-hq", "a" * 15, "网卡"):
        assert INTERFACE.parse(value) == value
    for value in ("", "a" * 16, "网" * 6, "a b", "a/b", "a:b", ".", "..", "a\x00", "a\u00a0b"):
        assert "is not the name of a network interface" in wrong(INTERFACE, value)


def test_executables_are_full_paths() -> None:
    assert EXECUTABLE.parse("/usr/sbin/openvpn") == "/usr/sbin/openvpn"
    assert "is not the full path of an executable" in wrong(EXECUTABLE, "openvpn")
    assert "is not the full path of an executable" in wrong(EXECUTABLE, "/usr/\nbin")
