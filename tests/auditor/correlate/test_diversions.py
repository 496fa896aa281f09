"""Which rules of the packet filter make a program a proxy, what they tell of known ones, and which are ordinary."""

import pytest

from auditor.model.rows import Diversion, InterfaceAddress, Route, Rule, Socket, Underlay
from auditor.model.tunnel import Certainty, Family, Role, State, Tunnel
from tests.auditor.correlate.rows import BRANCH, HOST, link, only_tunnel, process, run, seen, tcp, tun, udp

SOMETHING, REDIR = "/opt/x/relay", "/usr/bin/ss-redir"
OWN, FAR = "192.0.2.1", "203.0.113.9"
ADDRESS = InterfaceAddress(2, OWN, 24)


def rule(kind: str = "redirect", **more: object) -> Diversion:
    given = {"to_port": 1080, "protocol": "tcp"} | more
    return Diversion("nf_tables", "ip", "nat", "PREROUTING", ("prerouting",), kind, **given)  # type: ignore[arg-type]


def found(
    *rules: Diversion,
    exe: str | None = SOMETHING,
    sockets: tuple[Socket, ...] = (tcp(900, ("0.0.0.0", 1080), None, "LISTEN"),),
    scope: object = HOST,
    here: bool | None = True,
) -> tuple[Tunnel, ...]:
    """Return the tunnels of a host on which one program holds `sockets`."""
    holder = process(50, exe, netns=scope.inode, sockets=tuple(row.inode for row in sockets))._replace(exe_here=here)  # type: ignore[attr-defined]
    inventory, gaps = seen(
        run("processes", holder),
        run("links", link(2, "eth0", None), scope=scope),  # type: ignore[arg-type]
        run("addresses", ADDRESS, scope=scope),  # type: ignore[arg-type]
        run("sockets", *sockets, scope=scope),  # type: ignore[arg-type]
        run("nftables", *rules, scope=scope),  # type: ignore[arg-type]
        run("underlay", Underlay(FAR, 2, "192.0.2.254", OWN), scope=scope),  # type: ignore[arg-type]
    )
    assert gaps == ()
    return inventory.tunnels


def test_an_unknown_program_behind_a_redirect_is_a_proxy_of_low_certainty() -> None:
    sockets = (
        tcp(900, ("0.0.0.0", 1080), None, "LISTEN"),
        tcp(901, (OWN, 1080), ("10.8.0.50", 51000)),  # a person at the LAN
        tcp(902, (OWN, 40000), (FAR, 443)),
    )
    (tunnel,) = found(rule(), sockets=sockets)
    assert (tunnel.technology, tunnel.family, tunnel.certainty) == ("proxy", Family.PROXY, Certainty.LOW)
    assert (tunnel.state, tunnel.role, tunnel.local.port) == (State.UP, Role.CLIENT, 1080)
    assert tunnel.owner is not None
    assert tunnel.owner.path == SOMETHING
    (remote,) = tunnel.remotes
    assert (remote.endpoint.address, remote.endpoint.port) == (FAR, 443)
    assert remote.way is not None
    assert remote.way.interface == "eth0"
    assert (tunnel.routes, tunnel.default_route) == (("0.0.0.0/0",), True)
    assert "10.8.0.50" not in repr(tunnel)


def test_connections_that_tproxy_handed_over_are_no_far_ends() -> None:
    sockets = (tcp(900, ("0.0.0.0", 1080), None, "LISTEN"), tcp(901, ("198.51.100.80", 443), ("10.8.0.50", 51000)))
    (tunnel,) = found(rule("tproxy", mark=1), sockets=sockets)
    assert (tunnel.remotes, tunnel.role) == ((), None)


def test_where_a_proxy_goes_out_directly_is_not_kept() -> None:
    out = tuple(tcp(901 + n, (OWN, 40000 + n), (f"198.51.100.{n}", 443)) for n in range(9))
    (tunnel,) = found(rule(), sockets=(tcp(900, ("0.0.0.0", 1080), None, "LISTEN"), *out))
    assert tunnel.remotes == ()
    assert "198.51.100." not in repr(tunnel)


def test_a_known_program_is_its_technology() -> None:
    (tunnel,) = found(rule(), exe=REDIR)
    assert tunnel.technology == "shadowsocks"
    assert tunnel.certainty is not Certainty.LOW


def test_a_listener_whose_process_is_not_known_is_a_proxy_without_owner() -> None:
    inventory, _ = seen(run("sockets", tcp(900, ("0.0.0.0", 1080), None, "LISTEN")), run("iptables_legacy", rule()))
    (tunnel,) = inventory.tunnels
    assert (tunnel.technology, tunnel.owner) == ("proxy", None)


@pytest.mark.parametrize(
    ("more", "routes", "default"),
    [
        ({}, ("0.0.0.0/0",), True),
        ({"ports": ((80, 80),)}, ("0.0.0.0/0",), None),
        ({"narrowed": True}, ("0.0.0.0/0",), None),
        ({"destinations": ("198.18.0.0/15",)}, ("198.18.0.0/15",), False),
        ({"destinations": ("0.0.0.0/1",)}, ("0.0.0.0/1",), True),
    ],
)
def test_how_much_is_handed_over(more: dict[str, object], routes: tuple[str, ...], default: bool | None) -> None:
    (tunnel,) = found(rule(**more))
    assert (tunnel.routes, tunnel.default_route) == (routes, default)


@pytest.mark.parametrize(
    "ordinary",
    [
        rule(own=True),
        rule(destinations=("192.0.2.1/32",)),
        rule(destinations=("10.96.0.1/32",), ports=((443, 443),)),
        rule(ports=((53, 53),)),
        rule(protocol="udp", ports=((123, 123),)),
        rule("dnat", to_address="10.8.0.200"),
        rule("dnat"),
        rule("mark", to_port=None, mark=1),
        rule("queue"),
        rule(to_port=1081),  # nobody listens
        rule(to_port=None),  # every port stays what it was
        rule(protocol="udp"),
    ],
)
def test_ordinary_rules_make_no_proxy(ordinary: Diversion) -> None:
    assert found(ordinary) == ()


def test_a_redirect_in_the_place_of_a_public_host_makes_a_proxy_and_dnat_of_a_public_service_does_not() -> None:
    public = ("8.8.8.8/32",)
    assert len(found(rule(destinations=public))) == 1
    assert found(rule("dnat", to_address=OWN, destinations=public)) == ()
    assert len(found(rule("dnat", to_address=OWN, destinations=("8.8.8.0/24",)))) == 1


def test_a_redirect_to_a_resolver_makes_no_proxy() -> None:
    listener = udp(900, ("0.0.0.0", 53))
    assert found(rule(protocol="udp", to_port=53, narrowed=True), sockets=(listener,)) == ()


@pytest.mark.parametrize(
    ("family", "local", "makes_one"),
    [
        ("ip", "0.0.0.0", True),
        ("ip", "::", True),
        ("ip", OWN, True),
        ("ip", "2001:db8::1", False),
        ("ip6", "::", True),
        ("ip6", "0.0.0.0", False),
        ("inet", "0.0.0.0", True),
        ("inet", "2001:db8::1", True),
    ],
)
def test_versions_of_ip_are_kept_apart(family: str, local: str, makes_one: bool) -> None:
    listener = tcp(900, (local, 1080), None, "LISTEN")
    assert bool(found(rule()._replace(family=family), sockets=(listener,))) is makes_one


def test_dnat_to_an_address_of_the_host_is_a_redirect() -> None:
    for address in (OWN, "127.0.0.1"):
        listener = tcp(900, (address, 1080), None, "LISTEN")
        assert len(found(rule("dnat", to_address=address), sockets=(listener,))) == 1
    other = tcp(900, ("192.0.2.2", 1080), None, "LISTEN")
    assert found(rule("dnat", to_address=OWN), sockets=(other,)) == ()


# Programs to which such rules are ordinary


def test_a_web_server_behind_a_rule_for_its_ports_is_no_proxy_but_it_is_if_it_gets_everything() -> None:
    web = rule(ports=((80, 80),))
    assert found(web, exe="/usr/sbin/nginx") == ()
    assert len(found(rule(), exe="/usr/sbin/nginx")) == 1
    assert len(found(web, exe="/tmp/nginx")) == 1
    assert len(found(web, exe="/usr/sbin/nginx", here=False)) == 1
    assert len(found(web, exe="/usr/sbin/nginx", here=None)) == 1


def test_the_sidecar_of_a_mesh_is_none_in_its_pod_and_at_its_port_only() -> None:
    envoy, listener = "/usr/local/bin/envoy", (tcp(900, ("0.0.0.0", 15001), None, "LISTEN"),)
    assert found(rule(to_port=15001), exe=envoy, sockets=listener, scope=BRANCH) == ()
    assert len(found(rule(to_port=15001), exe=envoy, sockets=listener)) == 1
    assert len(found(rule(), exe=envoy, scope=BRANCH)) == 1


def test_a_tunnel_daemon_behind_a_rule_is_its_tunnel_with_one_witness_more() -> None:
    tunnel = only_tunnel(
        run("links", tun(4, "tun0")),
        run("processes", process(50, "/usr/sbin/openvpn", "tun0", sockets=(900,))),
        run("sockets", udp(900, ("0.0.0.0", 1194))),
        run("nftables", rule(protocol="udp", to_port=1194, ports=((443, 443),))),
    )
    assert (tunnel.technology, tunnel.default_route) == ("openvpn", None)
    assert "nf_tables ip nat PREROUTING: redirect to port 1194: udp to port 443" in [w.says for w in tunnel.witnesses]
    assert found(rule(to_port=22, ports=((2222, 2222),)), exe="/usr/sbin/sshd") == ()


# Marks


def test_the_way_back_of_tproxy_is_told() -> None:
    inventory, _ = seen(
        run("links", link(1, "lo", None, flags=0x10049)),
        run("processes", process(50, REDIR, sockets=(900,))),
        run("sockets", tcp(900, ("0.0.0.0", 1080), None, "LISTEN")),
        run("nftables", rule("tproxy", mark=1)),
        run("rules", Rule(2, 100, "lookup", 100, fwmark=1), Rule(2, 101, "lookup", 200, fwmark=2)),
        run("routes", Route("0.0.0.0/0", 100, 1, kind="local")),
    )
    (tunnel,) = inventory.tunnels
    says = [witness.says for witness in tunnel.witnesses if witness.probe == "rules"]
    assert says == ["packets with mark 0x1 look up table 100, which takes 0.0.0.0/0 for this host"]


def test_marks_that_lead_into_a_tunnel_are_told() -> None:
    mark = rule("mark", to_port=None, mark=0x20, destinations=("198.51.100.0/24",))
    tunnel = only_tunnel(
        run("links", tun(4, "tun0")),
        run("processes", process(50, "/usr/sbin/openvpn", "tun0")),
        run("nftables", mark),
        run("rules", Rule(2, 100, "lookup", 77, fwmark=0x20)),
        run("routes", Route("0.0.0.0/0", 77, 4)),
    )
    assert [witness.says for witness in tunnel.witnesses if witness.probe in ("rules", "nftables")] == [
        "packets with mark 0x20 look up table 77, which leads into tun0",
        "nf_tables ip nat PREROUTING: sets mark 0x20: tcp to 198.51.100.0/24",
    ]


def test_commands_that_show_a_rule_again_are_quoted() -> None:
    hostile = rule()._replace(table="$(reboot)")
    (tunnel,) = found(hostile, rule()._replace(filter="ip_tables", chain="a b"))
    shown = [witness.recheck for witness in tunnel.witnesses]
    assert "nft -a list chain ip '$(reboot)' PREROUTING" in shown
    assert "iptables-legacy -t nat -S 'a b'" in shown


def test_ids_survive_a_restart_of_the_program() -> None:
    (before,) = found(rule())
    inventory, _ = seen(
        run("processes", process(77, SOMETHING, sockets=(123,))),
        run("sockets", tcp(123, ("0.0.0.0", 1080), None, "LISTEN")),
        run("nftables", rule()),
    )
    assert inventory.tunnels[0].id == before.id
