import errno
import struct

import pytest

from auditor.model.rows import Rule
from auditor.model.sightings import BlindSpot
from auditor.netlink import wire
from probes.rules import PROBE, parse_rules
from tests.auditor.netlink.fakes import done, error
from tests.fixtures.netlink import KERNELS, table
from tests.netns import namespace, needs_root

from .rtnetlink import ScriptedHost, failures, message, prefixes_are_refused, replay, run_inside, survives, u32, view


def one(*attributes, action=1, table=0, lengths=(0, 0), flags=0):
    fixed = struct.pack("=BBBBBBBBI", 2, lengths[0], lengths[1], 0, table, 0, 0, action, flags)
    (rule,) = parse_rules([message(wire.RTM_NEWRULE, fixed, *attributes)])
    return rule


def test_rules_of_debian_12():
    assert list(parse_rules(table("debian12", "rules4"))) == [
        Rule(2, 0, "lookup", 255),
        Rule(2, 900, "goto", fwmark=0x20),
        Rule(2, 901, "nop"),
        Rule(2, 902, "lookup", 100),
        Rule(2, 903, "lookup", 100, source="10.69.0.0/16", inverted=True),
        Rule(2, 1000, "l3mdev"),
        Rule(2, 1000, "lookup", 100, source="10.1.0.0/16"),
        Rule(2, 1001, "lookup", 200, destination="198.51.100.0/24", fwmark=0x10),
        Rule(2, 1002, "lookup", 300, iif="v0", oif="gre1"),
        Rule(2, 1003, "blackhole", source="10.66.0.0/16"),
        Rule(2, 1004, "prohibit", source="10.67.0.0/16"),
        Rule(2, 1005, "unreachable", source="10.68.0.0/16"),
        Rule(2, 32766, "lookup", 254),
        Rule(2, 32767, "lookup", 253),
    ]
    assert list(parse_rules(table("debian12", "rules6"))) == [
        Rule(10, 0, "lookup", 255),
        Rule(10, 1000, "l3mdev"),
        Rule(10, 1000, "lookup", 100, source="2001:db8:1::/48"),
        Rule(10, 32766, "lookup", 254),
    ]


def test_unknown_action_and_hostile_name():
    assert one(action=99).action == "99"
    assert one((3, b"\xff<b>\0")).iif == "\\xff<b>"
    assert one((15, u32(51820)), table=252).table == 51820


@pytest.mark.parametrize("kernel", KERNELS)
def test_damaged_bytes(kernel):
    (chunk,) = table(kernel, "rules4")
    assert survives(parse_rules, chunk) > 100
    prefixes_are_refused(parse_rules, chunk)


def test_run():
    (four,), (six,) = table("debian12", "rules4"), table("debian12", "rules6")
    found = list(PROBE.run(view(ScriptedHost([*replay(four), done()], [*replay(six), done()]))))
    assert found == [*parse_rules([four]), *parse_rules([six])]


def test_kernel_without_ipv6_has_no_rules_to_hide():
    (four,) = table("debian12", "rules4")
    assert list(PROBE.run(view(ScriptedHost([*replay(four), done()], [error(errno.EAFNOSUPPORT)])))) == list(
        parse_rules([four])
    )


def test_ipv6_that_cannot_be_read_is_a_gap():
    (four,) = table("debian12", "rules4")
    *rows, spot = PROBE.run(view(ScriptedHost([*replay(four), done()], [error(errno.EPERM)])))
    assert len(rows) == 14
    assert isinstance(spot, BlindSpot)


def test_failures_are_blind_spots():
    failures(PROBE)


@pytest.mark.root
@needs_root
def test_the_kernel_itself():
    with namespace(
        "rule add not fwmark 0xca6c table 51820 priority 100",
        "-6 rule add from 2001:db8::/32 iif lo table 7 priority 101",
    ) as name:
        rows = run_inside(name, PROBE)
    assert Rule(2, 100, "lookup", 51820, fwmark=0xCA6C, inverted=True) in rows
    assert Rule(10, 101, "lookup", 7, source="2001:db8::/32", iif="lo") in rows
    assert {row.family for row in rows if row.table == 254} == {2, 10}
