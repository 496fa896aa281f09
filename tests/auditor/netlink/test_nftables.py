"""nf_tables from real bytes: what each kind of rule comes to, damaged answers, comments."""

import struct
from contextlib import suppress

import pytest

from auditor.errors import ParseError
from auditor.model.rows import Diversion
from auditor.netlink import nftables, wire
from auditor.netlink.ruleset import Ruleset
from tests.fixtures.netfilter import chunk


def decoded(chains: bytes, rules: bytes) -> list[Diversion]:
    found = Ruleset("nf_tables")
    nftables.add_chains(found, wire.messages(chains))
    nftables.add_rules(found, [rules])
    return list(found.diversions())


def row(family: str, table: str, name: str, hook: str | None, kind: str, *goal: object, **more: object) -> Diversion:
    hooks = (hook,) if hook else ()
    return Diversion("nf_tables", family, table, name, hooks, kind, *goal, **more)  # type: ignore[arg-type]


def iptables(family: str) -> list[Diversion]:
    """Return what the rules of iptables-nft come to that are the same for both versions of IP."""
    pre = (family, "mangle", "PREROUTING", "prerouting")
    nat = (family, "nat", "PREROUTING", "prerouting")
    return [
        row(*nat, "redirect", to_port=5353, protocol="udp", ports=((53, 53),)),
        row(family, "nat", "SS", "prerouting", "redirect", to_port=1080, protocol="tcp", ports=((80, 80), (443, 450))),
        row(*pre, "tproxy", to_port=1083, mark=1, protocol="udp", ports=((5353, 5353),)),
        row(*pre, "mark", mark=7, protocol="udp"),
        row(*pre, "queue", to_port=100, protocol="udp"),
        row(*pre, "mark", mark=9, own=True),
    ]


PRE, OUT = ("inet", "tp", "pre", "prerouting"), ("inet", "tp", "out", "output")
TCP_443 = {"protocol": "tcp", "ports": ((443, 443),)}
EXPECTED = [
    row(*PRE, "tproxy", to_port=1081, mark=1, protocol="tcp"),
    row(*PRE, "mark", mark=0x100, ports=((53, 53),), destinations=("10.0.0.0/9",), narrowed=True),
    row(*PRE, "tproxy", to_address="127.0.0.1", to_port=1082, protocol="udp", ports=((1000, 2000),)),
    row(*OUT, "redirect", to_port=3128, protocol="tcp", narrowed=True),
    row(*OUT, "redirect", to_port=22, protocol="tcp", ports=((2222, 2222),), own=True),
    row(
        *(*OUT, "dnat", "127.0.0.1", 9040),
        protocol="tcp",
        ports=((80, 80),),
        destinations=("5.6.7.8/32",),
    ),
    row(*OUT, "redirect", protocol="tcp", ports=((81, 81),)),
    row(*OUT, "mark", mark=5),
    row(*OUT, "dnat", protocol="tcp", narrowed=True),
    row("inet", "tp", "sub", None, "redirect", to_port=9041, protocol="tcp", narrowed=True),
    row("inet", "tp", "sub", "output", "redirect", to_port=9041, protocol="tcp", destinations=("10.1.2.0/24",)),
    *iptables("ip"),
    row("ip", "nat", "OUTPUT", "output", "dnat", "10.0.0.5", 6443, narrowed=True, **TCP_443),
    row("ip", "nat", "OUTPUT", "output", "dnat", "10.0.0.5", 6443, destinations=("10.96.0.0/20",), **TCP_443),
    row("ip", "nat", "OUTPUT", "output", "dnat", "127.0.0.1", protocol="tcp"),
    *iptables("ip6"),
    row("ip6", "nat", "OUTPUT", "output", "dnat", "fd00::1", 6443, protocol="tcp"),
]


def test_every_kind_of_rule() -> None:
    assert sorted(decoded(chunk("chains"), chunk("rules")), key=repr) == sorted(EXPECTED, key=repr)


def test_comments_are_not_kept() -> None:
    assert b"secretcomment" in chunk("rules")
    assert "secretcomment" not in repr(decoded(chunk("chains"), chunk("rules")))


def test_damaged_answers_are_refused_or_read_as_something_else() -> None:
    chains = chunk("chains")
    for payload in [message.payload for message in wire.messages(chunk("rules"))]:
        for size in range(len(payload)):
            cut = wire.pack_message(nftables.NEW_RULE, 2, 1, 1, bytes(payload[:size]))
            with suppress(ParseError):
                decoded(chains, cut)
        for offset in range(4, len(payload) - 1, 2):
            for number in (0, 3, 0x7FFF, 0xFFFF):
                spoiled = bytes(payload[:offset]) + struct.pack("=H", number) + bytes(payload[offset + 2 :])
                with suppress(ParseError):
                    decoded(chains, wire.pack_message(nftables.NEW_RULE, 2, 1, 1, spoiled))


def test_damaged_chains_are_refused() -> None:
    for message in wire.messages(chunk("chains")):
        for size in range(len(message.payload)):
            with suppress(ParseError):
                decoded(wire.pack_message(nftables.NEW_CHAIN, 2, 1, 1, bytes(message.payload[:size])), b"")


def test_generation() -> None:
    payload = nftables.ANY_FAMILY + wire.pack_attribute(1, struct.pack(">I", 77))
    message = wire.Message(nftables.NEW_GENERATION, 0, memoryview(payload))
    assert nftables.generation([message]) == 77
    with pytest.raises(ParseError):
        nftables.generation([])


def test_tables_of_bridges_are_passed_over() -> None:
    (first, *_) = wire.messages(chunk("rules"))
    payload = b"\x07" + bytes(first.payload[1:])  # NFPROTO_BRIDGE
    assert decoded(chunk("chains"), wire.pack_message(nftables.NEW_RULE, 2, 1, 1, payload)) == []
