import struct
import subprocess
from pathlib import Path

import pytest

from auditor.errors import ParseError
from auditor.model.rows import Link, Outer
from auditor.model.sightings import BlindSpot, Reason
from auditor.netlink import wire
from probes.links import PROBE, parse_links
from tests.auditor.netlink.fakes import done
from tests.fixtures.netlink import KERNELS, table
from tests.netns import namespace, needs_root

from .rtnetlink import (
    ScriptedHost,
    failures,
    message,
    pack,
    prefixes_are_refused,
    replay,
    run_inside,
    survives,
    u32,
    view,
)

FAR4, FAR6 = "198.51.100.", "2001:db8:1::"
NEAR4, NEAR6 = "192.0.2.1", "2001:db8::1"


def recorded(kernel):
    return {link.name: link for link in parse_links(table(kernel, "links"))}


def assembled(*attributes, arphrd=1, index=7, flags=0x1003):
    return message(wire.RTM_NEWLINK, struct.pack("=BxHiII", 0, arphrd, index, flags, 0), *attributes)


def one(*attributes, name=b"x0\0", **fixed):
    (link,) = parse_links([assembled((3, name), *attributes, **fixed)])
    return link


def linkinfo(kind, *data):
    return 18, pack((1, kind + b"\0"), (2, pack(*data)))


DEBIAN12_OUTER = {
    "gre1": Outer(local=NEAR4, remote=FAR4 + "1", identifier=7),
    "gre2": Outer(local=NEAR4, remote=FAR4 + "2", identifier=8, lower=5),
    "gre3": Outer(local=NEAR4),
    "gre4": Outer(external=True),
    "gre0": Outer(),
    "gtap1": Outer(local=NEAR4, remote=FAR4 + "3", remote_port=5555, encapsulation="fou"),
    "gtap2": Outer(
        local=NEAR4, remote=FAR4 + "4", local_port=6000, remote_port=6080, identifier=9, encapsulation="gue"
    ),
    "gtap3": Outer(external=True),
    "ers1": Outer(local=NEAR4, remote=FAR4 + "5", identifier=100, mode="version 1"),
    "g61": Outer(local=NEAR6, remote=FAR6 + "1", identifier=11),
    "g62": Outer(local=NEAR6, remote=FAR6 + "2"),
    "g63": Outer(local=NEAR6, remote=FAR6 + "3", identifier=101, mode="version 1"),
    "ipip1": Outer(local=NEAR4, remote=FAR4 + "6"),
    "ipip2": Outer(local=NEAR4, remote=FAR4 + "7", remote_port=6081, encapsulation="gue"),
    "ipip3": Outer(external=True),
    "sit1": Outer(local=NEAR4, remote=FAR4 + "8"),
    "six1": Outer(local=NEAR6, remote=FAR6 + "4", lower=5, mode="IPv4 inside"),
    "six2": Outer(external=True),
    "vti1": Outer(local=NEAR4, remote=FAR4 + "9", identifier=12),
    "vti2": Outer(local=NEAR6, remote=FAR6 + "5", identifier=13),
    "xf1": Outer(identifier=42, lower=5),
    "xf2": Outer(external=True),
    "gnv1": Outer(remote=FAR4 + "10", local_port=6081, remote_port=6081, identifier=14),
    "gnv2": Outer(remote=FAR6 + "6", local_port=6082, remote_port=6082, identifier=15),
    "gnv3": Outer(local_port=6083, remote_port=6083, external=True),
    "vx1": Outer(local=NEAR4, remote=FAR4 + "11", local_port=4789, remote_port=4789, identifier=16, lower=5),
    "vx2": Outer(local=NEAR6, remote=FAR6 + "7", local_port=8472, remote_port=8472, identifier=17),
    "vx3": Outer(remote="239.1.1.1", local_port=4789, remote_port=4789, identifier=18, lower=5),
    "vx4": Outer(local_port=4790, remote_port=4790, external=True),
    "vx5": Outer(local=NEAR4, local_port=4791, remote_port=4791, identifier=19),
    "tun5": Outer(encapsulation="tun"),
    "tap5": Outer(encapsulation="tap"),
    "wg0": None,
    "ms0": Outer(mode="integrity only"),
    "gtp1": Outer(mode="sgsn"),
    "bat0": None,
    "br0": None,
    "v0": None,
    "v0.100": None,
    "l2tpeth0": None,
    "lo": None,
}
DEBIAN12_KINDS = {
    **{"gre1": "gre", "gtap1": "gretap", "ers1": "erspan", "g61": "ip6gre", "g62": "ip6gretap", "g63": "ip6erspan"},
    **{
        "ipip1": "ipip",
        "sit1": "sit",
        "six1": "ip6tnl",
        "vti1": "vti",
        "vti2": "vti6",
        "xf1": "xfrm",
        "wg0": "wireguard",
    },
    **{
        "gnv1": "geneve",
        "vx1": "vxlan",
        "tun5": "tun",
        "tap5": "tun",
        "ms0": "macsec",
        "gtp1": "gtp",
        "bat0": "batadv",
    },
    **{
        "br0": "bridge",
        "v0": "veth",
        "v0.100": "vlan",
        "mv0": "macvlan",
        "iv0": "ipvlan",
        "vrf1": "vrf",
        "bond0": "bond",
    },
    **{"ifb5": "ifb", "e0": "dummy", "lo": None, "l2tpeth0": None},
}


@pytest.mark.parametrize("name", DEBIAN12_OUTER)
def test_outer_header_of_every_kind_as_debian_12_states_it(name):
    assert recorded("debian12")[name].outer == DEBIAN12_OUTER[name]


def test_kind_of_every_device_as_debian_12_states_it():
    found = recorded("debian12")
    assert {name: found[name].kind for name in DEBIAN12_KINDS} == DEBIAN12_KINDS


def test_a_whole_row():
    assert recorded("debian12")["v0"] == Link(
        ifindex=5,
        name="v0",
        kind="veth",
        arphrd=1,
        flags=0x11043,
        mtu_bytes=1500,
        operstate=6,
        lower=4,
        alias="专线-电信-01",
    )


def test_stacked_and_enslaved_devices():
    found = recorded("debian12")
    assert (found["v0.100"].lower, found["v0.100"].vlan_id) == (found["v0"].ifindex, 100)
    assert (found["v0.200"].lower, found["v0.200"].vlan_id) == (found["v0.100"].ifindex, 200)
    assert found["d0"].master == found["br0"].ifindex
    assert found["tap5"].arphrd == 1
    assert found["tun5"].arphrd == 65534


def test_newer_kernel():
    found = recorded("linux618")
    assert found["vx1"].outer == Outer(
        local=NEAR4, remote=FAR4 + "11", local_port=4789, remote_port=4789, identifier=16, lower=found["v0"].ifindex
    )
    assert found["vx4"].outer == Outer(local_port=4790, remote_port=4790, external=True)
    assert found["tap5"].outer == Outer(encapsulation="tap")


def test_kinds_that_neither_kernel_has():
    # Numbers from linux/if_link.h: IFLA_BAREUDP_PORT 1; IFLA_XFRM_LINK 1, IFLA_XFRM_IF_ID 2.
    assert one(linkinfo(b"bareudp", (1, b"\x19\xeb"))).outer == Outer(local_port=6635, remote_port=6635)
    ovpn = one(linkinfo(b"ovpn", (1, b"\0")), arphrd=65534)
    assert (ovpn.kind, ovpn.outer) == ("ovpn", Outer(mode="point-to-point"))
    assert one(linkinfo(b"amneziawg")).kind == "amneziawg"


def test_key_zero_in_use_is_a_key():
    used, unused = b"\x20\x00", b"\0\0"
    assert one(linkinfo(b"gre", (3, used), (5, bytes(4)))).outer == Outer(identifier=0)
    assert one(linkinfo(b"gre", (3, unused), (5, bytes(4)))).outer == Outer()


def test_port_of_a_kind_without_udp_is_none():
    # A tunnel keeps ports that were set before its encapsulation was switched off.
    assert one(linkinfo(b"ipip", (15, b"\0\0"), (18, b"\x15\xb3"))).outer == Outer()


def test_lower_device_in_another_namespace():
    link = one((5, u32(3)), (37, struct.pack("=i", 0)), linkinfo(b"vxlan", (1, u32(9))))
    assert (link.lower, link.lower_netnsid, link.outer) == (3, 0, Outer(identifier=9))


def test_hardware_and_its_lack():
    assert one((56, b"0000:00:03.0\0")).hardware == "0000:00:03.0"
    assert one().hardware is None


def test_what_a_device_is_a_port_of_is_not_its_kind():
    assert one((18, pack((4, b"bridge\0"), (5, b"")))).kind is None
    assert one((18, pack((1, b"veth\0"), (4, b"vxlan\0")))).kind == "veth"


def test_hostile_names_are_text():
    assert one(name=b"<script>\0").name == "<script>"
    assert one(name=b"\xff\xfe\x1b[2J\0").name == "\\xff\\xfe\x1b[2J"
    assert one((20, b"a\0b\0")).alias == "a"


def test_device_without_a_name_is_malformed():
    with pytest.raises(ParseError):
        list(parse_links([assembled((4, u32(1500)))]))


@pytest.mark.parametrize("data", [(2, b"\1\2\3"), (4, b""), (17, bytes(15)), (15, b"\1"), (1, b"\1\2")])
def test_values_of_impossible_sizes(data):
    with pytest.raises(ParseError):
        one(linkinfo(b"vxlan", data))


@pytest.mark.parametrize("kernel", KERNELS)
def test_damaged_bytes(kernel):
    (chunk,) = table(kernel, "links")
    assert survives(parse_links, chunk) > 1000


def test_a_cut_table_is_never_taken_for_a_whole_one():
    (chunk,) = table("linux618", "links")
    prefixes_are_refused(parse_links, chunk[:3000])


def test_run_yields_rows_and_then_the_gap():
    (chunk,) = table("debian12", "links")
    odd = assembled((4, b"odd"), (3, b"x\0"))
    *rows, spot = PROBE.run(view(ScriptedHost([*replay(chunk), *replay(odd), done()])))
    assert rows == list(parse_links([chunk]))
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.source) == (Reason.UNPARSED, "rtnetlink devices")


def test_failures_are_blind_spots():
    failures(PROBE)


@pytest.mark.root
@needs_root
def test_the_kernel_itself():
    with namespace(
        "link add veth0 type veth peer name tun0",
        "addr add 192.0.2.1/24 dev veth0",
        "link set veth0 up",
        "link add vpn type vxlan id 5 local 192.0.2.1 remote 198.51.100.1 dstport 4789 dev veth0",
        "link add v6 type vxlan id 6 local 2001:db8::1 remote 2001:db8::2 dstport 4790",
        "link add lan type bridge",
        "link set tun0 master lan",
        "link set tun0 alias office",
        "tuntap add dev eth5 mode tun",
        "tuntap add dev tap7 mode tap",
    ) as name:
        found = {row.name: row for row in run_inside(name, PROBE)}
    assert {link.name: link.kind for link in found.values() if link.kind or link.name == "lo"} == {
        "lo": None,
        "veth0": "veth",
        "tun0": "veth",
        "vpn": "vxlan",
        "v6": "vxlan",
        "lan": "bridge",
        "eth5": "tun",
        "tap7": "tun",
    }
    assert found["vpn"].outer == Outer("192.0.2.1", "198.51.100.1", 4789, 4789, 5, found["veth0"].ifindex)
    assert found["v6"].outer == Outer("2001:db8::1", "2001:db8::2", 4790, 4790, 6)
    assert found["eth5"].outer == Outer(encapsulation="tun")
    assert found["tap7"].outer == Outer(encapsulation="tap")
    assert (found["tun0"].master, found["tun0"].alias) == (found["lan"].ifindex, "office")
    assert found["tun0"].lower == found["veth0"].ifindex


@pytest.mark.root
@needs_root
def test_device_whose_lower_device_stayed_in_another_namespace():
    with namespace() as there, namespace("link add v0 type veth peer name v1") as here:
        add = f"ip -n {here} link add vx type vxlan id 5 remote 198.51.100.1 dstport 4789 dev v0"
        subprocess.run(add.split(), check=True)
        subprocess.run(["ip", "-n", here, "link", "set", "vx", "netns", there], check=True)
        (link,) = (row for row in run_inside(there, PROBE) if row.name == "vx")
    assert link.lower_netnsid is not None
    assert link.lower is not None


SIX_TO_FOUR = (11, b"\x20\x02" + bytes(14)), (13, b"\x10\0")


@pytest.mark.parametrize(
    ("kind", "data", "mode"),
    [
        (b"sit", ((9, b"\x29"), *SIX_TO_FOUR), None),
        (b"sit", ((8, b"\1\0"), (9, b"\x29"), *SIX_TO_FOUR), "isatap"),
        (b"sit", ((9, b"\x29"), (11, b"\x20\x01\x0d\xb8" + bytes(12)), (13, b"\x20\0")), "6rd"),
        (b"sit", ((9, b"\x04"), *SIX_TO_FOUR), "IPv4 inside"),
        (b"ipip", ((9, b"\x89"),), "MPLS inside"),
        (b"ip6tnl", ((9, b"\x29"),), "IPv6 inside"),
        (b"ip6tnl", ((9, b"\0"),), None),
        (b"erspan", ((22, b"\2"),), "version 2"),
        (b"vxlan", ((27, b""), (25, b"\1")), "gpe"),
        (b"macsec", ((7, b"\1"),), "encrypting"),
        (b"macsec", ((7, b"\7"),), None),
        (b"ovpn", ((1, b"\1"),), "multipoint"),
        (b"gtp", ((4, bytes(4)),), "ggsn"),
    ],
)
def test_variants_of_a_kind(kind, data, mode):
    assert one(linkinfo(kind, *data)).outer.mode == mode


def test_variants_as_the_kernel_tells_them():
    """6rd and ISATAP among others, on the recorded kernel of tests/kernel."""
    chunk = (Path(__file__).parents[1] / "fixtures/netlink/kernel-links.bin").read_bytes()
    modes = {link.name: link.outer.mode for link in parse_links([chunk]) if link.outer and link.outer.mode}
    wanted = {"isatap1": "isatap", "sit6rd": "6rd", "mplsip1": "MPLS inside", "ipip6": "IPv4 inside"}
    wanted |= {"erspan2": "version 2", "ip6erspan2": "version 2", "vxlangpe": "gpe", "gtp1": "sgsn"}
    assert modes.items() >= wanted.items()
    assert not {"sit1", "sit6to4", "ip6any", "vxlan1"} & set(modes)


def test_amt_gateway_and_relay():
    ports = (2, b"\x08\xd3"), (3, b"\x08\xd4")
    gateway = one(linkinfo(b"amt", (1, bytes(4)), *ports, (4, b"\5\0\0\0"), (5, b"\xc0\0\2\1"), (6, b"\xc6\x33\x64\1")))
    assert gateway.outer == Outer("192.0.2.1", "198.51.100.1", 2260, 2259, lower=5, mode="gateway")
    relay = one(linkinfo(b"amt", (1, b"\1\0\0\0"), *ports, (5, b"\xc0\0\2\1"), (6, b"\xc6\x33\x64\1")))
    assert relay.outer == Outer("192.0.2.1", None, 2259, mode="relay")
