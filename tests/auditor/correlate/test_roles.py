"""The part that the host plays and the guidance's method (V-01), alike for the same thing in every technology."""

import pytest

from auditor.model.rows import IkeChild, IkeSa, L2tpSession, Link, PppSession, Row, WireGuardDevice, WireGuardPeer
from auditor.model.sightings import ProbeRun
from auditor.model.tunnel import Realisation, Role
from tests.auditor.correlate.rows import link, only_tunnel, process, run
from tests.auditor.correlate.test_carriage import carrier, device, gre, pppd, told

FIXED = WireGuardPeer("a" * 43 + "=", "203.0.113.1", 51820)
ROAMING = WireGuardPeer("b" * 43 + "=")
WG = link(3, "wg0", "wireguard", arphrd=65534)
PPP = link(3, "ppp0", "ppp", arphrd=512)
L2TP = L2tpSession(11, 7, 22, 8, 2, "udp", "192.0.2.1", 1701, "203.0.113.9", 1701, "ppp", None)
SERVER, PEER, CLIENT = Role.SERVER, Role.PEER, Role.CLIENT


def wireguard(*peers: WireGuardPeer) -> tuple[ProbeRun, ...]:
    return run("links", WG), run("wireguard", WireGuardDevice("wg0", None, 51820, peers, "netlink"))


def l2tp(*, server: bool | None) -> tuple[ProbeRun, ...]:
    listed = PppSession("l2tp", interface="ppp0", tunnel_id=11, session_id=7, server=server)
    return run("links", PPP), run("ppp", listed), run("l2tp", L2TP._replace(server=server))


def ike(*, remote_access: bool) -> tuple[ProbeRun, ...]:
    child = IkeChild("net", "INSTALLED", "TUNNEL", ("10.1.0.0/16",), ("10.2.0.0/16",))
    ends = ("192.0.2.1", 500, "203.0.113.9", 500, "gw", "far")
    row: Row = IkeSa("sg", "ESTABLISHED", *ends, True, (child,), 60, remote_access=remote_access)
    return run("links", link(2, "eth0", None)), run("processes", process(60, "/usr/sbin/charon")), run("vici", row)


def dialled(path: str) -> tuple[ProbeRun, ...]:
    links: Link = device(3)
    holder = carrier(41, path, 5, sockets=(901,))
    return (
        run("links", links),
        run("processes", pppd(40, 5), holder),
        run("ppp", gre(901)),
        run("instances", told(40, None)),
    )


@pytest.mark.parametrize(
    ("rows", "role", "realisation", "count"),
    [
        (wireguard(FIXED), PEER, Realisation.SOFTWARE_VPN, 1),
        (wireguard(FIXED, FIXED._replace(public_key="c" * 43 + "=")), PEER, Realisation.SOFTWARE_VPN, 2),
        (wireguard(ROAMING), PEER, Realisation.SOFTWARE_VPN, 1),
        (wireguard(FIXED, ROAMING), SERVER, Realisation.VPN_SERVER, 2),
        (wireguard(), PEER, Realisation.SOFTWARE_VPN, 0),
        (ike(remote_access=False), PEER, Realisation.INTEGRATED_VPN, 1),
        (ike(remote_access=True), SERVER, Realisation.VPN_SERVER, 1),
        (l2tp(server=False), CLIENT, Realisation.SOFTWARE_VPN, 1),
        (l2tp(server=True), SERVER, Realisation.VPN_SERVER, 1),
        (l2tp(server=None), None, Realisation.SOFTWARE_VPN, 1),
        (dialled("/usr/sbin/pptp"), CLIENT, Realisation.SOFTWARE_VPN, 1),
        (dialled("/usr/sbin/pptpctrl"), SERVER, Realisation.VPN_SERVER, 1),
        (dialled("/opt/corp/dialer"), CLIENT, Realisation.UNKNOWN, 1),
        ((run("links", link(3, "g", "gre", arphrd=778)),), PEER, Realisation.INTEGRATED_VPN, 0),
    ],
)
def test_role_and_method(
    rows: tuple[ProbeRun, ...], role: Role | None, realisation: Realisation, count: int | None
) -> None:
    tunnel = only_tunnel(*rows)
    assert (tunnel.role, tunnel.realisation, tunnel.peers_count) == (role, realisation, count)
