import struct

import pytest

from auditor.errors import ParseError, SourceError
from auditor.model.rows import RouteOuter
from auditor.netlink import wire
from auditor.netlink.nexthops import Nexthop, parse_nexthops, read_nexthops
from auditor.netlink.socket import Netlink
from tests.fixtures.netlink import table

from .fakes import FakeKernel, error

FIXED = struct.pack("=BBBBI", 2, 0, 0, 0, 0)


def nexthop(*attributes):
    body = FIXED + b"".join(wire.pack_attribute(kind, value) for kind, value in attributes)
    return wire.pack_message(wire.RTM_NEWNEXTHOP, 2, 1, 1, body)


def number(value):
    return struct.pack("=I", value)


def test_objects_of_debian_12():
    assert parse_nexthops(table("debian12", "nexthops")) == {
        1: (Nexthop(5, "192.0.2.20"),),
        2: (Nexthop(18),),
        3: (Nexthop(5, "192.0.2.20"), Nexthop(18)),
        4: (Nexthop(5, "2001:db8::20"),),
        5: (),
        6: (Nexthop(5, "192.0.2.21", 1, RouteOuter(labels=(400,))),),
        7: (Nexthop(None, "198.51.100.60"),),
        8: (Nexthop(None, "198.51.100.61"),),
        9: (Nexthop(None, "198.51.100.60"), Nexthop(None, "198.51.100.61")),
    }


def test_group_may_come_before_its_members():
    group = struct.pack("=IBBH", 1, 0, 0, 0) + struct.pack("=IBBH", 99, 0, 0, 0)
    chunk = nexthop((1, number(2)), (2, group)) + nexthop((1, number(1)), (5, number(7)))
    assert parse_nexthops([chunk]) == {1: (Nexthop(7),), 2: (Nexthop(7),)}


@pytest.mark.parametrize(
    "attributes", [[(5, number(7))], [(1, number(1)), (2, bytes(9))], [(1, number(1)), (6, b"\1")]]
)
def test_malformed(attributes):
    with pytest.raises(ParseError):
        parse_nexthops([nexthop(*attributes)])


@pytest.mark.parametrize(("code", "absent"), [(95, True), (22, False)])
def test_kernel_without_them(code, absent):
    with Netlink(0, open_endpoint=FakeKernel([error(code)]).open_endpoint) as netlink:
        if absent:
            assert read_nexthops(netlink) == {}
        else:
            with pytest.raises(SourceError):
                read_nexthops(netlink)
