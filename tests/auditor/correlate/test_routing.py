"""Default routes are recognised by what they cover, and unread routes are not known."""

import pytest

from auditor.correlate.routing import is_default


@pytest.mark.parametrize(
    "prefixes",
    [
        ("0.0.0.0/0",),
        ("::/0",),
        ("0.0.0.0/1", "128.0.0.0/1"),
        ("2000::/3",),
        ("1.0.0.0/8", "2.0.0.0/7", "4.0.0.0/6", "8.0.0.0/5", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2", "128.0.0.0/1"),
        ("0.0.0.0/1", "10.0.0.0/8"),
    ],
)
def test_half_of_the_space_is_a_default_route(prefixes: tuple[str, ...]) -> None:
    assert is_default(prefixes) is True


@pytest.mark.parametrize(
    "prefixes",
    [
        (),
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        ("fc00::/7",),
        ("10.0.0.0/8",) * 100,
        tuple(f"10.{n}.0.0/16" for n in range(256)),
        ("64.0.0.0/2", "64.0.0.0/3", "96.0.0.0/3"),
        ("203.0.113.7/32", "not a prefix", "10.0.0.0/24|/0"),
    ],
)
def test_less_is_none(prefixes: tuple[str, ...]) -> None:
    assert is_default(prefixes) is False


def test_unread_is_not_known() -> None:
    assert is_default(None) is None
