"""A TUN device is what its owner is; far ends come from its sockets, its daemon and its configuration."""

from auditor.model.rows import DaemonInstance, InterfaceAddress, NamedEnd, Underlay
from auditor.model.tunnel import Family, Realisation, Role, State, Tunnel
from tests.auditor.correlate.rows import BRANCH, HOST, link, only_tunnel, process, run, seen, tcp, tun, udp

OPENVPN = "/usr/sbin/openvpn"


def instance(role: str = "client", *remotes: NamedEnd, clients: int | None = None) -> DaemonInstance:
    people = role == "server" and not remotes
    return DaemonInstance(50, "openvpn", role, None, None, remotes, "tun0", clients, "/etc/openvpn/sg.conf", people)


def test_openvpn_over_udp_takes_its_far_end_from_the_configuration() -> None:
    tunnel = only_tunnel(
        run("links", link(2, "eth0", None), tun(4, "tun0")),
        run("processes", process(50, OPENVPN, "tun0", sockets=(900,))),
        run("sockets", udp(900, ("0.0.0.0", 41194))),
        run("openvpn", instance("client", NamedEnd("203.0.113.8", 1194, "udp"))),
        run("underlay", Underlay("203.0.113.8", 2, "192.0.2.254", "192.0.2.1")),
    )
    (remote,) = tunnel.remotes
    assert (tunnel.technology, tunnel.state, tunnel.role) == ("openvpn", State.UP, Role.CLIENT)
    assert (remote.endpoint.address, remote.endpoint.port, remote.endpoint.transport) == ("203.0.113.8", 1194, "udp")
    assert remote.configured_only
    assert remote.way is not None
    assert (remote.way.interface, remote.way.next_hop) == ("eth0", "192.0.2.254")
    assert (tunnel.local.address, tunnel.local.port) == ("192.0.2.1", 41194)
    assert tunnel.owner is not None
    assert tunnel.owner.path == OPENVPN


def test_openvpn_over_tcp_takes_its_far_end_from_the_socket() -> None:
    tunnel = only_tunnel(
        run("links", tun(4, "tun0")),
        run("processes", process(50, OPENVPN, "tun0", sockets=(900, 901))),
        run(
            "sockets",
            tcp(900, ("192.0.2.1", 40000), ("203.0.113.9", 443)),
            tcp(901, ("127.0.0.1", 40001), ("127.0.0.1", 7505)),
        ),
        run("openvpn", instance("client", NamedEnd("vpn.example.net", 443, "tcp"))),
    )
    (remote,) = tunnel.remotes
    assert (remote.endpoint.address, remote.configured_only) == ("203.0.113.9", False)


def test_a_remote_by_name_stays_a_name() -> None:
    tunnel = only_tunnel(
        run("links", tun(4, "tun0")),
        run("processes", process(50, OPENVPN, "tun0")),
        run("openvpn", instance("client", NamedEnd("vpn.example.net", 1194, "udp"))),
    )
    (remote,) = tunnel.remotes
    assert (remote.endpoint.address, remote.endpoint.name) == (None, "vpn.example.net")


def test_a_server_counts_its_clients_and_keeps_no_address() -> None:
    tunnel = only_tunnel(
        run("links", tun(4, "tun0")),
        run("processes", process(50, OPENVPN, "tun0", sockets=(900, 901))),
        run(
            "sockets",
            tcp(900, ("0.0.0.0", 443), None, "LISTEN"),
            tcp(901, ("192.0.2.1", 443), ("198.51.100.77", 50123)),
        ),
        run("openvpn", instance("server", clients=3)),
    )
    assert (tunnel.family, tunnel.realisation) == (Family.REMOTE_ACCESS, Realisation.VPN_SERVER)
    assert (tunnel.role, tunnel.peers_count, tunnel.remotes) == (Role.SERVER, 3, ())
    assert "198.51.100.77" not in repr(tunnel)


def test_a_server_that_serves_people_only_names_none_of_them() -> None:
    worker = process(50, "/usr/sbin/ocserv-worker", "vpns0", sockets=(900,))
    tunnel = only_tunnel(
        run("links", tun(4, "vpns0")),
        run("processes", worker),
        run("sockets", tcp(900, ("192.0.2.1", 443), ("198.51.100.77", 50123))),
    )
    assert (tunnel.technology, tunnel.family, tunnel.role) == ("openconnect", Family.REMOTE_ACCESS, Role.SERVER)
    assert tunnel.realisation is Realisation.VPN_SERVER
    assert "198.51.100.77" not in repr(tunnel)


def test_ssh_tunnel_by_owner_and_connected_socket() -> None:
    tunnel = only_tunnel(
        run("links", tun(4, "tun5")),
        run("processes", process(50, "/usr/bin/ssh", "tun5", sockets=(900,))),
        run("sockets", tcp(900, ("192.0.2.1", 40000), ("203.0.113.4", 2222))),
    )
    assert (tunnel.technology, tunnel.remotes[0].endpoint.port) == ("ssh", 2222)
    assert tunnel.local.port == 40000


def test_tinc_without_connection_is_stale() -> None:
    runs = (
        run("links", tun(4, "tinc0")),
        run("processes", process(50, "/usr/sbin/tincd", "tinc0", sockets=(900,))),
        run("sockets", tcp(900, ("0.0.0.0", 655), None, "LISTEN")),
    )
    tunnel = only_tunnel(*runs)
    assert (tunnel.technology, tunnel.state, tunnel.remotes) == ("tinc", State.STALE, ())


def test_an_unrecognised_owner_is_reported_with_its_path() -> None:
    tunnel = only_tunnel(run("links", tun(4, "eth5")), run("processes", process(50, "/opt/.x/agent", "eth5")))
    assert (tunnel.technology, tunnel.realisation) == ("tun", Realisation.UNKNOWN)
    assert tunnel.owner is not None
    assert tunnel.owner.path == "/opt/.x/agent"


def test_a_device_moved_to_another_namespace_keeps_its_owner() -> None:
    inventory, _ = seen(
        run("links", link(2, "eth0", None)),
        run("links", tun(4, "tun0"), scope=BRANCH),
        run("processes", process(50, OPENVPN, "tun0", netns=HOST.inode)),
    )
    (tunnel,) = inventory.tunnels
    assert (tunnel.scope.name, tunnel.owner and tunnel.owner.pid) == ("branch", 50)


def test_equal_names_in_two_namespaces_have_their_own_owners() -> None:
    inventory, _ = seen(
        run("links", tun(4, "tun0")),
        run("links", tun(4, "tun0"), scope=BRANCH),
        run("processes", process(50, OPENVPN, "tun0"), process(51, "/usr/sbin/tincd", "tun0", netns=BRANCH.inode)),
    )
    assert {t.scope.name: t.technology for t in inventory.tunnels} == {None: "openvpn", "branch": "tinc"}
    assert len({t.id for t in inventory.tunnels}) == 2


def test_a_proxy_on_a_device_keeps_no_connection_but_those_to_its_servers() -> None:
    mihomo = "/usr/local/bin/mihomo"
    named = (NamedEnd("203.0.113.9", 443, "tcp"), NamedEnd("hk.example", 8443, "tcp"))
    tunnel = only_tunnel(
        run("links", tun(4, "Meta")),
        run("processes", process(50, mihomo, "Meta", sockets=(900, 901, 902))),
        run(
            "sockets",
            tcp(900, ("127.0.0.1", 7890), None, "LISTEN"),
            tcp(901, ("192.0.2.1", 40000), ("203.0.113.9", 443)),
            tcp(902, ("192.0.2.1", 40001), ("198.51.100.77", 443)),
        ),
        run("instances", DaemonInstance(50, "clash", "client", None, 7890, named, None, None, "/etc/c.yaml")),
    )
    assert (tunnel.technology, tunnel.family, tunnel.interface) == ("clash", Family.PROXY, "Meta")
    assert "203.0.113.9" in [remote.endpoint.address for remote in tunnel.remotes]


TINCD = "/usr/sbin/tincd"


def mesh(*remotes: NamedEnd, technology: str = "tinc") -> DaemonInstance:
    return DaemonInstance(50, technology, "p2p", None, 655, remotes, "tinc0", None, "/etc/tinc/mesh/tinc.conf")


def ends(tunnel: Tunnel) -> list[tuple[str | None, str | None, bool]]:
    return [(one.endpoint.address, one.endpoint.name, one.configured_only) for one in tunnel.remotes]


def test_a_mesh_keeps_the_peers_that_no_connection_shows() -> None:
    tunnel = only_tunnel(
        run("links", link(2, "eth0", None), tun(4, "tinc0")),
        run("addresses", InterfaceAddress(2, "192.0.2.1", 24)),
        run("processes", process(50, TINCD, "tinc0", sockets=(900, 901, 902, 903))),
        run(
            "sockets",
            tcp(900, ("192.0.2.1", 40000), ("203.0.113.7", 655), "SYN_SENT"),
            tcp(901, ("192.0.2.1", 40001), ("203.0.113.8", 655)),
            tcp(902, ("192.0.2.1", 40002), ("203.0.113.9", 6550)),
            tcp(903, ("192.0.2.1", 655), ("198.51.100.5", 50000)),
        ),
        run(
            "instances",
            mesh(
                NamedEnd("203.0.113.8", 655, "tcp"),  # connected
                NamedEnd("203.0.113.10", 655, "tcp"),  # silent
                NamedEnd("b.example", 6550, "tcp"),  # the connection to that port is to it
                NamedEnd("c.example", 6550, "tcp"),  # no connection is left for it
                NamedEnd("192.0.2.1", 655, "tcp"),  # this host
            ),
        ),
    )
    assert (tunnel.role, tunnel.state, tunnel.peers_count) == (Role.PEER, State.UP, 6)
    assert ends(tunnel) == [
        ("203.0.113.7", None, True),
        ("203.0.113.8", None, False),
        ("203.0.113.9", None, False),
        ("198.51.100.5", None, False),
        ("203.0.113.10", None, True),
        (None, "c.example", True),
    ]
    assert (tunnel.local.address, tunnel.local.port) == ("192.0.2.1", 40001)


def test_a_mesh_without_connections_has_its_configured_peers() -> None:
    tunnel = only_tunnel(
        run("links", tun(4, "tinc0")),
        run("processes", process(50, "/usr/bin/fastd", "tinc0", sockets=(900,))),
        run("sockets", udp(900, ("192.0.2.1", 10000))),
        run("instances", mesh(NamedEnd("203.0.113.8", 10000, "udp"), technology="fastd")),
    )
    assert (tunnel.technology, tunnel.role, ends(tunnel)) == ("fastd", Role.PEER, [("203.0.113.8", None, True)])
    assert (tunnel.local.address, tunnel.local.port, tunnel.local.transport) == ("192.0.2.1", 10000, "udp")


def test_openvpn_between_peers_has_one_connection_to_any_of_its_remotes() -> None:
    tunnel = only_tunnel(
        run("links", tun(4, "tinc0")),
        run("processes", process(50, OPENVPN, "tinc0", sockets=(900,))),
        run("sockets", tcp(900, ("192.0.2.1", 40000), ("203.0.113.8", 443))),
        run(
            "openvpn",
            mesh(NamedEnd("203.0.113.8", 443, "tcp"), NamedEnd("203.0.113.9", 443, "tcp"), technology="openvpn"),
        ),
    )
    assert (tunnel.role, ends(tunnel)) == (Role.PEER, [("203.0.113.8", None, False)])


def test_packets_to_this_host_or_to_a_group_lead_to_no_far_end() -> None:
    tunnel = only_tunnel(
        run("links", link(2, "eth0", None), tun(4, "tinc0")),
        run("addresses", InterfaceAddress(2, "192.0.2.1", 24)),
        run("processes", process(50, TINCD, "tinc0", sockets=(900, 901))),
        run(
            "sockets",
            tcp(900, ("192.0.2.1", 40000), ("192.0.2.1", 8443)),
            tcp(901, ("192.0.2.1", 40001), ("224.0.0.9", 655)),
        ),
    )
    assert (tunnel.remotes, tunnel.role) == ((), None)


def test_iodine_ends_at_a_domain_behind_the_resolver_that_it_asks() -> None:
    remotes = (NamedEnd("203.0.113.53", 53, "udp"), NamedEnd("t.example", None, None))
    tunnel = only_tunnel(
        run("links", tun(4, "dns0")),
        run("processes", process(50, "/usr/sbin/iodine", "dns0", sockets=(900,))),
        run("sockets", udp(900, ("0.0.0.0", 40000))),
        run("instances", DaemonInstance(50, "iodine", "client", None, None, remotes, "dns0", None, "command line")),
    )
    assert (tunnel.technology, tunnel.role) == ("iodine", Role.CLIENT)
    assert ends(tunnel) == [("203.0.113.53", None, True), (None, "t.example", True)]


def test_vtun_without_a_connection_is_stale_and_names_the_host_that_it_tries() -> None:
    row = DaemonInstance(50, "vtun", "client", None, None, (NamedEnd("203.0.113.8", None, None),), "c0", None, "title")
    tried = run("instances", row)
    links, owner = run("links", tun(4, "c0")), run("processes", process(50, "/usr/sbin/vtund", "c0", sockets=(900,)))
    trying = run("sockets", tcp(900, ("192.0.2.1", 40000), ("203.0.113.8", 5000), "SYN_SENT"))
    for sockets, configured in ((trying, True), (run("sockets", udp(900, ("192.0.2.1", 40000))), True)):
        tunnel = only_tunnel(links, owner, sockets, tried)
        assert (tunnel.state, ends(tunnel)) == (State.STALE, [("203.0.113.8", None, configured)])
    connected = run("sockets", tcp(900, ("192.0.2.1", 40000), ("203.0.113.8", 5000)))
    tunnel = only_tunnel(links, owner, connected, tried)
    assert (tunnel.state, ends(tunnel)) == (State.UP, [("203.0.113.8", None, False)])


def test_a_server_names_its_sites_and_still_no_person() -> None:
    site = NamedEnd("203.0.113.26", 1312, "tcp")
    row = DaemonInstance(50, "openvpn", "server", None, None, (site,), "tun0", 2, "/etc/openvpn/s.conf", people=True)
    tunnel = only_tunnel(
        run("links", tun(4, "tun0")),
        run("processes", process(50, OPENVPN, "tun0", sockets=(900, 901, 902))),
        run(
            "sockets",
            tcp(900, ("0.0.0.0", 443), None, "LISTEN"),
            tcp(901, ("192.0.2.1", 443), ("198.51.100.77", 50123)),
            tcp(902, ("192.0.2.1", 443), ("203.0.113.26", 1312)),
        ),
        run("openvpn", row),
    )
    assert (tunnel.family, tunnel.realisation) == (Family.NETWORK_TUNNEL, Realisation.VPN_SERVER)
    assert (tunnel.role, tunnel.peers_count, ends(tunnel)) == (Role.SERVER, 2, [("203.0.113.26", None, False)])
    assert "198.51.100.77" not in repr(tunnel)
