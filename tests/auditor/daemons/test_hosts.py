"""Hosts, ports and URLs as configurations write them."""

import pytest

from auditor.daemons import hosts
from auditor.model.rows import NamedEnd


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
