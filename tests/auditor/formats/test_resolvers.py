"""Addresses of resolvers, as the configuration and resolv.conf write them."""

import pytest

from auditor.formats.resolvers import Resolver, of_hosts_file, of_resolv_conf, resolver


@pytest.mark.parametrize(
    ("text", "found", "shown"),
    [
        ("192.0.2.53", ("192.0.2.53", 53), "192.0.2.53"),
        ("192.0.2.53:5353", ("192.0.2.53", 5353), "192.0.2.53:5353"),
        ("2001:DB8::53", ("2001:db8::53", 53), "2001:db8::53"),
        ("[2001:db8::53]", ("2001:db8::53", 53), "2001:db8::53"),
        ("[2001:db8::53]:54", ("2001:db8::53", 54), "[2001:db8::53]:54"),
    ],
)
def test_addresses_with_and_without_a_port(text: str, found: tuple[str, int], shown: str) -> None:
    assert resolver(text) == Resolver(*found)
    assert str(resolver(text)) == shown
    assert resolver(shown) == resolver(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dns.example.net",
        "192.0.2.53:",
        "192.0.2.53:0",
        "192.0.2.53:70000",
        "192.0.2.53:x",
        "[2001:db8::53",
        "[192",
        "224.0.0.251",
        "0.0.0.0",
        "192.0.2.53:٣",
        "[2001:db8::53]x",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        resolver(text)


def test_resolv_conf_gives_its_first_three_name_servers() -> None:
    text = "# nameserver 192.0.2.9\nsearch corp\nnameserver 192.0.2.1\n nameserver ::1 \nnameserver x\nnameserver\n"
    assert of_resolv_conf(text) == (Resolver("192.0.2.1", 53), Resolver("::1", 53))
    many = "\n".join(f"nameserver 192.0.2.{n}" for n in range(1, 9))
    assert len(of_resolv_conf(many)) == 3
    assert of_resolv_conf("") == ()


def test_a_hosts_file_gives_every_address_of_a_name() -> None:
    text = "# 192.0.2.9 no\n"
    text += "192.0.2.1\tGate.Example.NET gate # x y\n\n2001:DB8::1 gate\n192.0.2.1 gate\nbad gate\n192.0.2.7\n"
    assert of_hosts_file(text) == {"gate.example.net": ("192.0.2.1",), "gate": ("192.0.2.1", "2001:db8::1")}
