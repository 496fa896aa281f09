"""Hosts, ports and URLs as configurations write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.ends import of_address, of_url
from auditor.model.rows import NamedEnd
from tests.auditor.daemons.made import SECRET


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("203.0.113.9:655", NamedEnd("203.0.113.9", 655, "udp")),
        ("203.0.113.9", NamedEnd("203.0.113.9", 7, "udp")),
        ("hub.example:1", NamedEnd("hub.example", 1, "udp")),
        ("[2001:DB8:0::9]:5", NamedEnd("2001:db8::9", 5, "udp")),
        ("[2001:db8::9]", NamedEnd("2001:db8::9", 7, "udp")),
        ("2001:db8::9", NamedEnd("2001:db8::9", 7, "udp")),
        ("[fe80::1%eth0]:5", NamedEnd("fe80::1", 5, "udp")),
        ("hub.example:70000", NamedEnd("hub.example", 7, "udp")),
        ("127.0.0.1:5", None),
        ("[::1]:5", None),
        ("localhost:5", None),
        ("0.0.0.0:5", None),
        ("[::]:5", None),
        ("224.0.0.9:5", None),
        ("[ff02::1]:5", None),
        (":5", None),
        ("", None),
        ("a\nb:5", None),
    ],
)
def test_address(text: str, found: NamedEnd | None) -> None:
    assert of_address(text, "udp", 7) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tls://203.0.113.9:9101", NamedEnd("203.0.113.9", 9101, "tcp")),
        (f"tcp://[2001:db8::9]:1?password={SECRET}", NamedEnd("2001:db8::9", 1, "tcp")),
        (f"quic://me:{SECRET}@hub.example:1/x", NamedEnd("hub.example", 1, "udp")),
        ("udp://hub.example", NamedEnd("hub.example", None, "udp")),
        ("WSS://hub.example:443/path", NamedEnd("hub.example", 443, "tcp")),
        ("socks://127.0.0.1:9050/203.0.113.9:5", NamedEnd("203.0.113.9", 5, "tcp")),
        (f"sockstls://me:{SECRET}@192.0.2.9:9050/hub.example:5", NamedEnd("hub.example", 5, "tcp")),
        ("unix:///run/x.sock", None),
        ("tcp://", None),
        ("hub.example:5", None),
        ("", None),
    ],
)
def test_url(text: str, found: NamedEnd | None) -> None:
    assert of_url(text) == found


@given(st.text(max_size=60))
def test_any_text_is_an_end_or_none(text: str) -> None:
    for one in (of_address(text, None), of_url(text), of_url(f"tcp://{text}")):
        assert one is None or (one.host and (one.port is None or 0 < one.port < 65536))
