"""OpenVPN's kernel devices: far ends of clients, numbers of servers, configuration where the kernel says nothing."""

import pytest

from auditor.model.rows import DaemonInstance, Link, NamedEnd, Outer, OvpnDevice, Underlay
from auditor.model.tunnel import Family, Role
from tests.auditor.correlate.rows import TUNNEL, link, only_tunnel, process, run


def device(mode: str | None = "point-to-point", kind: str = "ovpn") -> Link:
    return link(5, "tun0", kind, arphrd=TUNNEL, outer=Outer(mode=mode) if mode else None)


def configured(role: str, *remotes: NamedEnd, people: bool = False, clients: int | None = None) -> DaemonInstance:
    return DaemonInstance(40, "openvpn", role, None, 1194, remotes, "tun0", clients, "hq.conf", people, "udp")


OPENVPN = process(40, "/usr/sbin/openvpn")


def test_a_clients_far_end_is_the_kernels() -> None:
    tunnel = only_tunnel(
        run("links", device()),
        run("ovpn", OvpnDevice(5, False, 1, "192.0.2.10", 1195, "203.0.113.20", 1194)),
        run("processes", OPENVPN),
        run("openvpn", configured("client", NamedEnd("hq.example", 443, "udp"))),
        run("underlay", Underlay("203.0.113.20", 2, "192.0.2.254")),
    )
    (remote,) = tunnel.remotes
    assert (remote.endpoint.address, remote.endpoint.port) == ("203.0.113.20", 1194)
    assert remote.way is not None
    assert (tunnel.local.address, tunnel.local.port) == ("192.0.2.10", 1195)
    assert (tunnel.technology, tunnel.role, tunnel.peers_count) == ("openvpn", Role.CLIENT, 1)
    assert tunnel.owner is not None
    assert tunnel.owner.path == OPENVPN.exe


@pytest.mark.parametrize("kind", ["ovpn", "ovpn-dco"])
def test_where_the_kernel_says_nothing_the_configuration_does(kind: str) -> None:
    tunnel = only_tunnel(
        run("links", device(None, kind)),
        run("processes", OPENVPN),
        run("openvpn", configured("client", NamedEnd("hq.example", 443, "udp"))),
    )
    (remote,) = tunnel.remotes
    assert (remote.endpoint.name, remote.endpoint.port, remote.configured_only) == ("hq.example", 443, True)


def test_a_servers_clients_are_a_number() -> None:
    tunnel = only_tunnel(run("links", device("multipoint")), run("ovpn", OvpnDevice(5, True, 12)))
    assert (tunnel.family, tunnel.role, tunnel.peers_count) == (Family.REMOTE_ACCESS, Role.SERVER, 12)
    assert tunnel.remotes == ()


def test_a_device_of_which_nothing_else_is_known_is_a_tunnel_still() -> None:
    tunnel = only_tunnel(run("links", device()))
    assert (tunnel.technology, tunnel.remotes, tunnel.owner) == ("openvpn", (), None)
