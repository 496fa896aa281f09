"""Every device is a tunnel, or no tunnel with a reason, or a gap: never nothing."""

import tomllib
from pathlib import Path

import pytest

from auditor import technologies
from auditor.model.sightings import Reason
from auditor.model.tunnel import State
from tests.auditor.correlate.rows import (
    DOWN,
    LOOPBACK,
    UP,
    link,
    only_device,
    only_tunnel,
    process,
    run,
    seen,
    tun,
    vxlan,
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("veth0a1b2c", "veth"),
        ("docker0", "bridge"),
        ("tun0", "veth"),
        ("wg0", "dummy"),
        ("eth2.300", "vlan"),
        ("vrf-blue", "vrf"),
        ("bond0", "bond"),
        ("gre1", "macvlan"),
    ],
)
def test_plumbing_is_no_tunnel_whatever_it_is_called(name: str, kind: str) -> None:
    device = only_device(run("links", link(3, name, kind)))
    assert (device.interface, device.kind) == (name, kind)
    assert device.reason.en
    assert device.reason.zh


def test_hardware_and_loopback_are_no_tunnels() -> None:
    inventory, gaps = seen(run("links", link(1, "lo", None, arphrd=LOOPBACK, flags=UP | 0x8), link(2, "wg0", None)))
    assert [device.interface for device in inventory.not_tunnels] == ["lo", "wg0"]
    assert not gaps


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("tunl0", "ipip"),
        ("gre0", "gre"),
        ("gretap0", "gretap"),
        ("erspan0", "erspan"),
        ("sit0", "sit"),
        ("ip6tnl0", "ip6tnl"),
    ]
    + [("ip6gre0", "ip6gre"), ("ip_vti0", "vti"), ("ip6_vti0", "vti6")],
)
def test_devices_that_modules_make_are_silent_only_while_down_and_aimless(name: str, kind: str) -> None:
    assert only_device(run("links", link(5, name, kind, flags=DOWN))).interface == name
    assert only_tunnel(run("links", link(5, name, kind, flags=UP))).interface == name
    assert only_tunnel(run("links", link(5, name + "x", kind, flags=DOWN))).state is State.DOWN


def test_a_fallback_name_with_a_far_end_is_a_tunnel() -> None:
    from auditor.model.rows import Outer

    tunnel = only_tunnel(run("links", link(5, "gre0", "gre", flags=DOWN, outer=Outer(remote="203.0.113.9"))))
    assert tunnel.remotes[0].endpoint.address == "203.0.113.9"


def test_an_unknown_kind_is_a_gap_and_never_silence() -> None:
    inventory, (gap,) = seen(run("links", link(7, "quantum0", "quantum")))
    assert not inventory.tunnels
    assert not inventory.not_tunnels
    assert gap.reason is Reason.UNPARSED
    assert "quantum" in gap.detail


def test_tunnel_hardware_types_without_kind_are_tunnels() -> None:
    assert only_tunnel(run("links", link(7, "x0", None, arphrd=776))).technology == "sit"
    assert only_tunnel(run("links", link(7, "x0", None, arphrd=65534))).technology == "tun"


@pytest.mark.parametrize("path", ["/usr/bin/qemu-system-x86_64", "/usr/libexec/qemu-kvm", "/usr/bin/slirp4netns"])
def test_ports_of_machines_and_containers_are_no_tunnels(path: str) -> None:
    rows = run("links", link(8, "vnet0", "tun")), run("processes", process(40, path, "vnet0"))
    assert path in only_device(*rows).reason.en


@pytest.mark.parametrize("path", ["/tmp/qemu-system-x86_64", "/home/x/usr/bin/qemu-kvm", "/opt/slirp4netns"])
def test_a_program_of_that_name_elsewhere_clears_nothing(path: str) -> None:
    tunnel = only_tunnel(run("links", link(8, "vnet0", "tun")), run("processes", process(40, path, "vnet0")))
    assert (tunnel.technology, tunnel.owner and tunnel.owner.path) == ("tap", path)


def test_a_deleted_executable_clears_nothing() -> None:
    gone = process(40, "/usr/bin/qemu-system-x86_64", "vnet0")._replace(exe_deleted=True)
    tunnel = only_tunnel(run("links", link(8, "vnet0", "tun")), run("processes", gone))
    assert tunnel.owner is not None
    assert tunnel.owner.deleted


def test_a_tun_without_owner_is_a_tunnel_that_is_down() -> None:
    tunnel = only_tunnel(run("links", tun(8, "tun7", flags=DOWN)))
    assert (tunnel.technology, tunnel.state, tunnel.owner) == ("tun", State.DOWN, None)


def test_vxlan_far_ends_come_from_link_and_forwarding_table() -> None:
    from auditor.model.rows import FdbRemote

    vx = vxlan(6, "vx0", remote="203.0.113.5", remote_port=4789, identifier=42, local="192.0.2.1")
    fdb = run("fdb", FdbRemote(6, "203.0.113.6"), FdbRemote(6, "203.0.113.5"))
    tunnel = only_tunnel(run("links", vx), fdb)
    assert [r.endpoint.address for r in tunnel.remotes] == ["203.0.113.5", "203.0.113.6"]
    assert {r.endpoint.transport for r in tunnel.remotes} == {"udp"}
    assert tunnel.local.address == "192.0.2.1"


def test_external_mode_is_a_tunnel_without_known_far_end() -> None:
    tunnel = only_tunnel(run("links", vxlan(6, "genev_sys_6081", external=True)))
    assert tunnel.remotes == ()
    assert tunnel.peers_count is None
    assert "external" in tunnel.contradictions[0].en


def test_an_ethernet_device_without_kind_or_hardware_is_a_gap_where_others_name_theirs() -> None:
    port = link(2, "eth0", None, hardware="0000:00:03.0")
    inventory, (gap,) = seen(run("links", port, link(3, "l2tpeth0", None)))
    assert [device.interface for device in inventory.not_tunnels] == ["eth0"]
    assert "l2tpeth0" in gap.source
    inventory, gaps = seen(run("links", link(2, "eth0", None), link(3, "eth1", None)))
    assert len(inventory.not_tunnels) == 2
    assert not gaps


KINDS = tomllib.loads((Path(__file__).resolve().parents[2] / "fixtures/netlink/link_kinds.toml").read_text())


@pytest.mark.parametrize("kind", [kind for kinds in KINDS.values() for kind in kinds])
def test_every_kind_that_linux_can_state_is_decided(kind: str) -> None:
    """A tunnel, or no tunnel with a reason; `tun` is decided by its owner, `ppp` by its sessions."""
    table = technologies.load()
    places = [kind in table.by_kind, kind in table.devices, kind in ("tun", "ppp")]
    assert places.count(True) == 1
    inventory, gaps = seen(run("links", link(3, "x0", kind)))
    assert len(inventory.tunnels) + len(inventory.not_tunnels) == 1
    assert not gaps


def test_no_kind_is_decided_that_linux_does_not_have() -> None:
    table = technologies.load()
    decided = {*table.by_kind, *table.devices}
    assert decided <= {kind for kinds in KINDS.values() for kind in kinds}
