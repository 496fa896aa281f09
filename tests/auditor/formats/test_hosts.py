"""Hosts, ports and URLs as configurations write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ParseError
from auditor.formats import hosts
from auditor.model.rows import NamedEnd

SECRET = "hunter2-never-to-be-seen"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.example:443", ("a.example", 443)),
        ("[2001:DB8::1]:443", ("2001:db8::1", 443)),
        ("2001:db8::1", ("2001:db8::1", None)),
        (":443", (None, 443)),
        ("443", (None, 443)),
        ("a.example", ("a.example", None)),
        ("a.example:http", ("a.example", None)),
        ("a b:443", (None, 443)),
        ("", (None, None)),
        ("x" * 254 + ":1", (None, 1)),
        ("*:1080", (None, 1080)),
    ],
)
def test_split(text: str, found: tuple[str | None, int | None]) -> None:
    assert hosts.split(text) == found


@pytest.mark.parametrize("value", ["0", "65536", "-1", "1e3", True, None, "١", ""])
def test_what_is_no_port(value: object) -> None:
    assert hosts.port(value) is None  # type: ignore[arg-type]


def test_urls_lose_their_user_and_path() -> None:
    assert hosts.of_url("socks5://user:p%40ss@host.example:1080/x?y#z") == NamedEnd("host.example", 1080)
    assert hosts.of_url("https://user:p/a?s@#s@host:1/x") == NamedEnd("host", 1)
    assert hosts.of_url("host:1") == NamedEnd("host", 1)
    assert hosts.of_url("://") is None


def test_what_is_near() -> None:
    assert all(map(hosts.is_near, ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "::ffff:127.0.0.1", None)))
    assert not any(map(hosts.is_near, ("10.0.0.1", "a.example", "::ffff:10.0.0.1")))


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("vpn.example", NamedEnd("vpn.example", 443, "tcp")),
        ("vpn.example:8443", NamedEnd("vpn.example", 8443, "tcp")),
        ("192.0.2.1:1", NamedEnd("192.0.2.1", 1, "tcp")),
        ("2001:db8::1", NamedEnd("2001:db8::1", 443, "tcp")),
        ("[2001:db8::1]", NamedEnd("2001:db8::1", 443, "tcp")),
        ("[2001:db8::1]:65535", NamedEnd("2001:db8::1", 65535, "tcp")),
    ],
)
def test_ends_where_nothing_else_may_stand(text: str, end: NamedEnd) -> None:
    assert hosts.end_of(text, port=443, transport="tcp") == end


@pytest.mark.parametrize("text", ["", ":1", "a:", "a:0", "a:65536", "a:x", "[::1]x", "[]:1", "a b:1", "x" * 254, "a:²"])
def test_what_is_no_end(text: str) -> None:
    with pytest.raises(ParseError):
        hosts.end_of(text, port=443, transport="tcp")


@pytest.mark.parametrize("text", ["", "-1", "0", "65536", "1e3", "１", "000001"])
def test_where_only_a_port_may_stand(text: str) -> None:
    with pytest.raises(ParseError):
        hosts.port_of(text)


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
def test_far_ends(text: str, found: NamedEnd | None) -> None:
    assert hosts.far_end_of(text, "udp", 7) == found


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
def test_far_ends_of_urls(text: str, found: NamedEnd | None) -> None:
    assert hosts.far_end_of_url(text) == found


@given(st.text(max_size=60))
def test_any_text_is_an_end_or_none(text: str) -> None:
    for one in (hosts.far_end_of(text, None), hosts.far_end_of_url(text), hosts.far_end_of_url(f"tcp://{text}")):
        assert one is None or (one.host and (one.port is None or 0 < one.port < 65536))
