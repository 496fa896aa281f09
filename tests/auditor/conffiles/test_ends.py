"""Far ends as configuration files write them; what has not the form of one is never repeated."""

import pytest

from auditor.conffiles import ends
from auditor.model.rows import NamedEnd


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("vpn.example", "vpn.example"),
        (" VPN-1.example. ", "VPN-1.example."),
        ("公司.example", "公司.example"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("0.0.0.0", None),
        ("::", None),
        ("%any", None),
        ("a b", None),
        ("-x", None),
        ("a..b", None),
        ("user@host", None),
        ("10.0.0.1-10.0.0.9", None),
        ("10.0.0.300", None),
        ("x/y", None),
        ("a" * 64, None),
        ("a." * 127, None),
        ("", None),
        (None, None),
    ],
)
def test_hosts(written: str | None, host: str | None) -> None:
    assert ends.host(written) == host


@pytest.mark.parametrize(
    ("written", "end"),
    [
        ("vpn.example:51820", NamedEnd("vpn.example", 51820, "udp")),
        ("[2001:db8::1]:443", NamedEnd("2001:db8::1", 443, "udp")),
        ("2001:db8::1", NamedEnd("2001:db8::1", 9, "udp")),
        ("[2001:db8::1]", NamedEnd("2001:db8::1", 9, "udp")),
        ("192.0.2.1", NamedEnd("192.0.2.1", 9, "udp")),
        ("192.0.2.1:0", None),
        ("192.0.2.1:65536", None),
        ("192.0.2.1:x", None),
        (":51820", None),
        ("a:b:c", None),
    ],
)
def test_hosts_with_ports(written: str, end: NamedEnd | None) -> None:
    assert ends.with_port(written, "udp", 9) == end
    assert ends.socket(written, "udp") == (end if end and end.port != 9 else None)


def test_ports_devices_keys_and_prefixes() -> None:
    assert [ends.port(text) for text in ("1", "65535", "0", "-1", "９", "", None)] == [1, 65535, *[None] * 5]
    assert [ends.device(text) for text in ("wg0", "a" * 15, "a" * 16, "a/b", "a b", "..", "a:1")] == [
        "wg0",
        "a" * 15,
        *[None] * 5,
    ]
    assert ends.public_key("A" * 43 + "=") == "A" * 43 + "="
    assert ends.public_key("A" * 43) is None
    assert ends.prefixes(["10.0.0.1/8", "10.0.0.0/8", " ::1 ", "x", "10.0.0.0/33"]) == ("10.0.0.0/8", "::1/128")
    assert ends.far_ends(["%any", "10.0.0.0/8", "10.0.0.1-10.0.0.9", "a.example", "a.example"], None) == (
        NamedEnd("a.example"),
    )
    assert ends.address("192.0.2.1/24") == "192.0.2.1"
    assert ends.address("any") is None
