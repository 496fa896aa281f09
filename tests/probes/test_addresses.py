import struct

import pytest

from auditor.errors import ParseError
from auditor.model.rows import InterfaceAddress
from auditor.netlink import wire
from probes.addresses import PROBE, parse_addresses
from tests.auditor.netlink.fakes import done
from tests.fixtures.netlink import KERNELS, table
from tests.netns import namespace, needs_root

from .rtnetlink import ScriptedHost, failures, message, prefixes_are_refused, replay, run_inside, survives, view


def one(*attributes, prefix_len=24):
    rows = parse_addresses([message(wire.RTM_NEWADDR, struct.pack("=BBBBI", 2, prefix_len, 0, 0, 7), *attributes)])
    return list(rows)


def test_addresses_of_debian_12():
    rows = list(parse_addresses(table("debian12", "addresses")))
    v0, v1 = 5, 4
    assert InterfaceAddress(v0, "192.0.2.1", 24) in rows
    assert InterfaceAddress(v0, "2001:db8::1", 64) in rows
    assert InterfaceAddress(v1, "10.9.0.1", 32, "10.9.0.2") in rows
    assert InterfaceAddress(v1, "fd00::1", 128, "fd00::2") in rows
    assert InterfaceAddress(1, "127.0.0.1", 8) in rows
    assert InterfaceAddress(1, "::1", 128) in rows
    assert {row.address for row in rows if row.peer} == {"10.9.0.1", "fd00::1"}


def test_own_and_peer():
    assert one((1, b"\x0a\0\0\2"), (2, b"\x0a\0\0\1")) == [InterfaceAddress(7, "10.0.0.1", 24, "10.0.0.2")]
    assert one((1, b"\x0a\0\0\1"), (2, b"\x0a\0\0\1")) == [InterfaceAddress(7, "10.0.0.1", 24)]
    assert one((1, b"\x0a\0\0\1")) == [InterfaceAddress(7, "10.0.0.1", 24)]
    assert one((2, b"\x0a\0\0\1")) == [InterfaceAddress(7, "10.0.0.1", 24)]
    assert one() == []


def test_address_of_impossible_size():
    with pytest.raises(ParseError):
        one((1, b"\1\2\3"))


@pytest.mark.parametrize("kernel", KERNELS)
def test_damaged_bytes(kernel):
    (chunk,) = table(kernel, "addresses")
    assert survives(parse_addresses, chunk) > 500
    prefixes_are_refused(parse_addresses, chunk)


def test_run():
    (chunk,) = table("debian12", "addresses")
    assert list(PROBE.run(view(ScriptedHost([*replay(chunk), done()])))) == list(parse_addresses([chunk]))


def test_failures_are_blind_spots():
    failures(PROBE)


@pytest.mark.root
@needs_root
def test_the_kernel_itself():
    with namespace(
        "link add v0 index 100 type veth peer name v1",
        "addr add 192.0.2.1/24 dev v0",
        "addr add 10.9.0.1 peer 10.9.0.2/32 dev v0",
        "addr add 2001:db8::1/64 dev v0 nodad",
    ) as name:
        assert set(run_inside(name, PROBE)) == {
            InterfaceAddress(1, "127.0.0.1", 8),
            InterfaceAddress(1, "::1", 128),
            InterfaceAddress(100, "192.0.2.1", 24),
            InterfaceAddress(100, "10.9.0.1", 32, "10.9.0.2"),
            InterfaceAddress(100, "2001:db8::1", 64),
        }
