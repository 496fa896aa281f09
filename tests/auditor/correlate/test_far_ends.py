"""Which connections lead to far ends, which named ends are this host, and what that makes of tunnels."""

import pytest

from auditor.correlate import far_ends
from auditor.model.rows import DaemonInstance, InterfaceAddress, NamedEnd, Route, Socket
from auditor.model.tunnel import Family, Realisation, Role, State
from tests.auditor.correlate.rows import link, only_tunnel, process, run, seen, tcp, tun, udp

CLIENT, SERVER = "/usr/libexec/softether/vpnclient/vpnclient", "/usr/libexec/softether/vpnserver/vpnserver"
SG, HK, NAMED = (
    NamedEnd("203.0.113.8", 443, "tcp"),
    NamedEnd("203.0.113.9", 443, "tcp"),
    NamedEnd("a.example", 443, "tcp"),
)
DNS = Socket("udp", "ESTABLISHED", "192.0.2.1", 40053, "192.0.2.53", 53, 990)
HOME = "198.51.100.77"


def row(
    pid: int, role: str | None, *remotes: NamedEnd, technology: str = "softether", **more: object
) -> DaemonInstance:
    values: dict[str, object] = {
        "pid": pid, "technology": technology, "role": role, "local": None, "local_port": None, "remotes": remotes,
        "device": None, "clients": None, "source": "/etc/x.conf",
    }  # fmt: skip
    return DaemonInstance(**(values | more))  # type: ignore[arg-type]


def names(sockets: list[Socket]) -> list[str | None]:
    return [socket.remote for socket in sockets]


def test_without_configuration_every_connection_may_lead_there() -> None:
    assert far_ends.leading(None, [DNS]) == [DNS]


def test_a_resolver_is_no_far_end_unless_named() -> None:
    peer = tcp(1, ("192.0.2.1", 4000), ("203.0.113.8", 443))
    assert far_ends.leading(row(1, "client", SG), [DNS, peer]) == [peer]
    assert far_ends.leading(row(1, "client", NamedEnd("192.0.2.53", 53, "udp")), [DNS, peer]) == [DNS, peer]
    assert far_ends.leading(row(1, "client", NamedEnd("t.example", 53, "udp")), [DNS]) == [DNS]
    assert far_ends.leading(row(1, "p2p"), [DNS, peer]) == [DNS, peer]


@pytest.mark.parametrize(
    ("end", "fits"),
    [
        (SG, True),
        (HK, False),
        (NAMED, True),
        (SG._replace(port=444), False),
        (SG._replace(transport="udp"), False),
        (SG._replace(transport=None), False),
    ],
)
def test_of_a_daemon_that_knows_all_its_ends_only_those_count(end: NamedEnd, fits: bool) -> None:
    bound, peer = udp(2, ("0.0.0.0", 9)), tcp(1, ("192.0.2.1", 4000), ("203.0.113.8", 443))
    assert far_ends.leading(row(1, "client", end, complete=True), [bound, peer]) == [bound, *([peer] if fits else [])]


def test_one_process_with_two_devices_keeps_their_far_ends_apart() -> None:
    inventory, _ = seen(
        run("links", tun(4, "vpn_sg", ), tun(5, "vpn_hk")),
        run("processes", process(50, CLIENT, "vpn_sg", "vpn_hk", sockets=(900, 901, 990))),
        run("sockets", tcp(900, ("192.0.2.1", 40000), ("203.0.113.8", 443)),
            tcp(901, ("192.0.2.1", 40001), ("203.0.113.9", 443)), DNS),
        run("instances", row(50, "client", SG, device="vpn_sg", complete=True),
            row(50, "client", HK, device="vpn_hk", complete=True)),
    )  # fmt: skip
    ends = {tunnel.interface: [remote.endpoint.address for remote in tunnel.remotes] for tunnel in inventory.tunnels}
    assert ends == {"vpn_sg": ["203.0.113.8"], "vpn_hk": ["203.0.113.9"]}
    assert {tunnel.state for tunnel in inventory.tunnels} == {State.UP}


def test_a_client_that_only_asks_resolvers_is_stale_and_keeps_its_named_end() -> None:
    tunnel = only_tunnel(
        run("links", tun(4, "vpn_sg")),
        run("processes", process(50, CLIENT, "vpn_sg", sockets=(990,))),
        run("sockets", DNS),
        run("instances", row(50, "client", NAMED, device="vpn_sg", complete=True)),
    )
    assert tunnel.state is State.STALE
    assert [(remote.endpoint.name, remote.configured_only) for remote in tunnel.remotes] == [("a.example", True)]


def test_a_server_for_people_with_a_bridge_tells_none_of_them_and_is_not_stale_while_idle() -> None:
    config = row(50, "server", device="tap_staff", local_port=5555, transport="tcp", people=True, complete=True)
    for sockets in ((tcp(901, ("192.0.2.1", 5555), (HOME, 50000)),), ()):
        tunnel = only_tunnel(
            run("links", link(3, "br0", "bridge"), tun(4, "tap_staff", master=3)),
            run("processes", process(50, SERVER, "tap_staff", sockets=(900, 899, 901))),
            run("sockets", udp(899, ("0.0.0.0", 33025)), tcp(900, ("0.0.0.0", 5555), None, "LISTEN"), *sockets),
            run("instances", config),
        )
        assert (tunnel.family, tunnel.realisation, tunnel.role) == (
            *(Family.REMOTE_ACCESS, Realisation.VPN_SERVER, Role.SERVER),
        )
        assert (tunnel.state, tunnel.remotes, tunnel.local.port) == (State.UP, (), 5555)
        assert HOME not in repr(tunnel)


def test_a_server_whose_configuration_cannot_be_read_tells_nobody_either() -> None:
    tunnel = only_tunnel(
        run("links", tun(4, "tap_staff")),
        run("processes", process(50, SERVER, "tap_staff", sockets=(900, 901))),
        run("sockets", tcp(900, ("0.0.0.0", 5555), None, "LISTEN"), tcp(901, ("192.0.2.1", 5555), (HOME, 50000))),
        run("routes", Route("10.8.0.0/24", 254, 4)),
    )
    assert (tunnel.family, tunnel.role, tunnel.remotes) == (Family.REMOTE_ACCESS, Role.SERVER, ())
    assert HOME not in repr(tunnel)


def test_a_node_is_no_far_end_of_itself_by_either_address() -> None:
    mesh = (
        NamedEnd("192.0.2.1", 4242, "udp", "10.72.0.9"),
        NamedEnd("gw.example", 4242, "udp", "10.72.0.1"),
        NamedEnd("203.0.113.82", 4242, "udp", "10.72.0.2"),
    )
    tunnel = only_tunnel(
        run("links", link(2, "eth0", None), tun(4, "lan-sg")),
        run("addresses", InterfaceAddress(2, "192.0.2.1", 25), InterfaceAddress(4, "10.72.0.1", 24)),
        run("processes", process(50, "/usr/bin/nebula", "lan-sg", sockets=(900,))),
        run("sockets", udp(900, ("0.0.0.0", 4242))),
        run("nebula", row(50, "p2p", *mesh, technology="nebula", complete=True)),
    )
    assert [remote.endpoint.address for remote in tunnel.remotes] == ["203.0.113.82"]
    assert (tunnel.role, tunnel.local.port) == (Role.PEER, 4242)


def test_behind_a_proxy_the_server_is_the_far_end_and_not_the_proxy() -> None:
    tunnel = only_tunnel(
        run("links", tun(4, "tun0")),
        run("processes", process(50, "/usr/sbin/openconnect", "tun0", sockets=(900,))),
        run("sockets", tcp(900, ("192.0.2.1", 40000), ("192.0.2.80", 443))),
        run("instances", row(50, "client", NAMED._replace(transport=None), technology="openconnect", complete=True)),
    )
    ends = [(remote.endpoint.address, remote.endpoint.name, remote.configured_only) for remote in tunnel.remotes]
    assert ends == [(None, "a.example", True)]


@pytest.mark.parametrize(
    ("prefixes", "networks"),
    [
        (None, False),
        ((), False),
        (("10.71.0.5/32", "2001:db8::5/128", "2001:db8:0:1::/64"), False),
        (("10.71.0.5/32", "10.9.0.0/16"), True),
        (("2001:db8::/56",), True),
        (("0.0.0.0/0",), True),
    ],
)
def test_what_is_more_than_one_person(prefixes: tuple[str, ...] | None, networks: bool) -> None:
    assert far_ends.holds_networks(prefixes) is networks
