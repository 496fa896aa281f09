"""Configuration files beside what was found: witnesses, names, contradictions, and tunnels that only files know of."""

import pytest

from auditor.correlate.identity import identify
from auditor.model.rows import (
    Configured,
    DaemonInstance,
    IkeSa,
    InterfaceAddress,
    L2tpSession,
    Link,
    NamedEnd,
    Outer,
    Row,
    Underlay,
    WireGuardDevice,
    WireGuardPeer,
    XfrmPolicy,
    XfrmTemplate,
)
from auditor.model.sightings import BlindSpot, ProbeRun, Reason
from auditor.model.tunnel import Family, Realisation, Role, State, Tunnel
from tests.auditor.correlate.rows import BRANCH, HOST, link, only_tunnel, process, run, seen, tcp, tun, udp

KEY = "uJ2tA9yTqkI1PCNQq7qmrKIyKFVlCvrjWkQJqmYvMUo="
FAR, OTHER = "203.0.113.1", "203.0.113.2"
READ = tuple(run(name) for name in ("processes", "xfrm", "ppp", "l2tp", "vici"))


def conf(technology: str, **more: object) -> Configured:
    given = {"manager": "openvpn", "name": "hq", "source": f"/etc/{technology}/hq.conf"} | more
    return Configured(technology=technology, **given)  # type: ignore[arg-type]


def end(host: str = FAR, port: int | None = None, transport: str | None = None, key: str | None = None) -> NamedEnd:
    return NamedEnd(host, port, transport, peer=key)


def found(*rows: Row, links: tuple[Link, ...] = (), runs: tuple[ProbeRun, ...] = READ) -> tuple[Tunnel, ...]:
    inventory, _ = seen(*runs, run("links", *links), run("files", *rows))
    return inventory.tunnels


# Only the files know of it


def test_a_tunnel_that_only_a_file_knows_of_is_down() -> None:
    row = conf(
        "wireguard",
        manager="wg-quick",
        device="wg0",
        role="p2p",
        local_port=51820,
        remotes=(end(FAR, 51820, "udp", KEY),),
        public_keys=(KEY, "other"),
        prefixes=("10.0.0.0/8",),
        autostart=True,
    )
    (tunnel,) = found(row)
    assert (tunnel.technology, tunnel.interface, tunnel.ifindex, tunnel.state) == ("wireguard", "wg0", None, State.DOWN)
    assert tunnel.state_reason.en == "configured, but no such device or association exists"
    assert (tunnel.role, tunnel.realisation, tunnel.family) == (
        Role.PEER,
        Realisation.VPN_SERVER,  # one of its peers calls
        Family.NETWORK_TUNNEL,
    )
    assert (tunnel.local.port, tunnel.local.transport, tunnel.owner, tunnel.routes) == (51820, "udp", None, ())
    first, second = tunnel.remotes
    assert (first.endpoint.address, first.endpoint.port, first.identity, first.configured_only) == (
        FAR,
        51820,
        KEY,
        True,
    )
    assert (second.endpoint.address, second.identity) == (None, "other")
    (witness,) = tunnel.witnesses
    assert (witness.probe, witness.says) == (
        "wireguard_conf",
        f"/etc/wireguard/hq.conf (wg-quick): hq to {FAR} port 51820; started at boot",
    )
    assert (witness.recheck or "").startswith("grep -nE ")
    assert "PrivateKey" not in (witness.recheck or "")


@pytest.mark.parametrize(
    ("technology", "device", "kind", "remote"),
    [
        ("wireguard", "wg0", "wireguard", FAR),
        ("gre", "gre1", "gre", FAR),
        ("vti", "vti1", "vti6", "2001:db8::1"),
        ("openvpn", "tun5", "tun", FAR),
        ("tinc", "mesh", "tun", FAR),
        ("pptp", "ppp7", "ppp", FAR),
    ],
)
def test_its_id_is_that_of_the_device_when_it_is_up(technology: str, device: str, kind: str, remote: str) -> None:
    (tunnel,) = found(conf(technology, device=device, remotes=(end(remote),)))
    assert tunnel.id == identify(HOST, "device", kind, device)


def test_the_id_of_ipsec_is_that_of_its_ends() -> None:
    row = conf("ipsec", manager="swanctl", remotes=(end(),))
    (tunnel,) = found(row, Underlay(FAR, 2, source="192.0.2.1"))
    assert tunnel.id == identify(HOST, "ipsec", "192.0.2.1", FAR)
    assert found(row._replace(local="192.0.2.9"))[0].id == identify(HOST, "ipsec", "192.0.2.9", FAR)


def test_a_server_for_people_names_no_far_end() -> None:
    (tunnel,) = found(conf("openvpn", role="server", people=True, remotes=(end(),), local_port=1194))
    assert (tunnel.family, tunnel.realisation, tunnel.role) == (
        Family.REMOTE_ACCESS,
        Realisation.VPN_SERVER,
        Role.SERVER,
    )
    assert (tunnel.remotes, tunnel.peers_count) == ((), None)
    assert FAR not in repr(tunnel)


@pytest.mark.parametrize(
    ("row", "lacking"),
    [
        (conf("gre", manager="networkd", device="gre1"), "links"),
        (conf("openvpn"), "processes"),
        (conf("ipsec", manager="swanctl", remotes=(end(),)), "xfrm"),
        (conf("ipsec", manager="swanctl", remotes=(end(),)), "vici"),
        (conf("l2tp", manager="xl2tpd", remotes=(end(),)), "l2tp"),
    ],
)
def test_its_state_is_unknown_where_what_would_show_it_was_not_read(row: Configured, lacking: str) -> None:
    runs = (*READ, run("links"))
    spot = BlindSpot(probe=lacking, scope="host", source="x", reason=Reason.PERMISSION, detail="denied", hides=())
    denied = tuple(run(one.probe, blind=(spot,)) if one.probe == lacking else one for one in runs)
    for some in (denied, tuple(one for one in runs if one.probe != lacking)):
        inventory, _ = seen(*some, run("files", row))
        assert [tunnel.state for tunnel in inventory.tunnels] == [State.UNKNOWN]
    assert found(row)[0].state is State.DOWN


def test_it_may_be_up_in_a_namespace_that_was_not_read() -> None:
    spot = BlindSpot(probe="links", scope="branch", source="x", reason=Reason.PERMISSION, detail="denied", hides=())
    row = conf("openvpn", manager="openvpn", device="tun1", remotes=(end(),))
    for blind, state in (((spot,), State.UNKNOWN), ((), State.DOWN)):
        elsewhere = run("links", scope=BRANCH, blind=blind)
        assert [tunnel.state for tunnel in found(row, runs=(*READ, elsewhere))] == [state]


def test_a_device_of_that_name_but_of_another_kind_is_said() -> None:
    bridge = link(5, "wg0", "bridge")
    (tunnel,) = found(conf("wireguard", manager="wg-quick", device="wg0"), links=(bridge,))
    assert (tunnel.ifindex, tunnel.state_reason.en) == (None, "configured, but the device of that name is another")


def test_files_for_one_device_are_one_tunnel() -> None:
    rows = (
        conf(
            "wireguard",
            manager="netplan",
            source="/etc/netplan/a.yaml",
            device="wg0",
            remotes=(end(key=KEY),),
            public_keys=(KEY,),
        ),
        conf("wireguard", manager="networkd", source="/run/systemd/network/a.netdev", device="wg0"),
        conf("gre", manager="networkd", source="/run/systemd/network/b.netdev", device="gre0x"),
    )
    one, two = found(*rows)
    assert [witness.probe for witness in one.witnesses] == ["netplan_conf", "networkd_conf"]
    assert one.remotes[0].endpoint.address == FAR
    assert two.technology == "gre"


def test_two_openvpn_files_for_one_device_are_two_tunnels() -> None:
    rows = [conf("openvpn", name=name, source=f"/etc/openvpn/{name}.conf", device="tun0") for name in "ab"]
    tunnels = found(*rows)
    assert len({tunnel.id for tunnel in tunnels}) == len(tunnels) == 2


def test_a_file_that_is_linked_from_another_directory_is_one_tunnel() -> None:
    rows = [conf("openvpn", source=f"/etc/openvpn/{place}hq.conf", remotes=(end(),)) for place in ("", "client/")]
    (tunnel,) = found(*rows)
    assert len(tunnel.witnesses) == 2
    links, running = openvpn("/etc/openvpn/client/hq.conf", device="tun7")
    assert len(found(*rows, *running, links=links)) == 1


@pytest.mark.parametrize(("prefixes", "default"), [((), False), (("10.0.0.0/8",), False), (("0.0.0.0/0",), True)])
def test_that_it_would_take_the_default_route_is_said(prefixes: tuple[str, ...], default: bool) -> None:
    (tunnel,) = found(conf("ipsec", manager="swanctl", remotes=(end(),), prefixes=prefixes))
    assert (tunnel.routes, tunnel.default_route, tunnel.remotes[0].prefixes) == ((), default, prefixes)


def test_peers_that_call_make_a_server() -> None:
    (tunnel,) = found(conf("wireguard", manager="wg-quick", device="wg0", public_keys=("a", "b")))
    assert tunnel.realisation is Realisation.VPN_SERVER


def test_connections_of_one_pair_of_ends_are_one_tunnel() -> None:
    rows = [conf("ipsec", manager="ipsec", name=name, local="192.0.2.1", remotes=(end(),)) for name in "ab"]
    (tunnel,) = found(*rows)
    assert len(tunnel.witnesses) == 2


# Something found accounts for it

WG = link(7, "wg0", "wireguard", arphrd=65534)


def wireguard(endpoint: str | None = FAR, key: str = KEY, name: str = "wg0") -> WireGuardDevice:
    return WireGuardDevice(name, None, 51820, (WireGuardPeer(key, endpoint, 51820 if endpoint else None),), "netlink")


def test_peers_are_told_in_one_order_whatever_their_daemons() -> None:
    peers = tuple(WireGuardPeer(f"{letter}{KEY[1:]}", f"198.51.100.{n}", 51820) for n, letter in enumerate("cab", 1))
    told = [found(wireguard()._replace(peers=order), links=(WG,)) for order in (peers, peers[::-1])]
    assert told[0] == told[1]
    assert [remote.identity for remote in told[0][0].remotes] == sorted(peer.public_key for peer in peers)


def test_a_device_that_is_there_gets_a_witness_and_the_name_of_its_far_end() -> None:
    row = conf("wireguard", manager="wg-quick", device="wg0", remotes=(end("vpn.example", 51820, "udp", KEY),))
    (tunnel,) = found(row, wireguard(), links=(WG,))
    (remote,) = tunnel.remotes
    assert (remote.endpoint.address, remote.endpoint.name, remote.configured_only) == (FAR, "vpn.example", False)
    assert tunnel.witnesses[-1].probe == "wireguard_conf"
    assert tunnel.contradictions == ()


def test_a_far_end_that_the_kernel_does_not_know_yet_is_the_file_s() -> None:
    row = conf("wireguard", manager="wg-quick", device="wg0", remotes=(end("vpn.example", 51820, "udp", KEY),))
    (tunnel,) = found(row, wireguard(None), links=(WG,))
    (remote,) = tunnel.remotes
    assert (remote.endpoint.name, remote.endpoint.port, remote.configured_only) == ("vpn.example", 51820, True)


def test_another_address_than_the_file_s_is_a_contradiction() -> None:
    row = conf("wireguard", manager="wg-quick", device="wg0", remotes=(end(OTHER, 51820, "udp", KEY),))
    (tunnel,) = found(row, wireguard(), links=(WG,))
    (text,) = tunnel.contradictions
    assert text.en == f"/etc/wireguard/hq.conf names the far end {OTHER}, but the tunnel goes to {FAR}"
    assert text.zh == f"/etc/wireguard/hq.conf指定的对端为{OTHER}，但该隧道实际连接的对端为{FAR}"


def test_a_renamed_device_is_known_by_its_peers() -> None:
    row = conf("wireguard", manager="wg-quick", device="wg9", public_keys=(KEY,))
    (tunnel,) = found(row, wireguard(), links=(WG,))
    assert (tunnel.interface, tunnel.witnesses[-1].probe) == ("wg0", "wireguard_conf")
    assert len(found(row._replace(public_keys=("other",)), wireguard(), links=(WG,))) == 2


def test_a_device_of_that_name_in_another_namespace_does_not_account_for_it() -> None:
    inventory, _ = seen(
        *READ,
        run("links"),
        run("links", link(3, "gre1", "gre", arphrd=778, outer=Outer(remote=FAR)), scope=BRANCH),
        run("files", conf("gre", manager="networkd", device="gre1", remotes=(end(),))),
    )
    assert [(tunnel.scope, tunnel.state) for tunnel in inventory.tunnels][-1] == (HOST, State.DOWN)
    assert len(inventory.tunnels) == 2


def test_a_kernel_device_of_another_name_is_known_by_its_pair_of_ends() -> None:
    up = link(3, "renamed", "gre", arphrd=778, outer=Outer(local="192.0.2.1", remote=FAR))
    row = conf("gre", manager="networkd", device="gre1", local="192.0.2.1", remotes=(end(),))
    assert len(found(row, links=(up,))) == 1
    assert len(found(row._replace(local="192.0.2.2"), links=(up,))) == 2


def openvpn(source: str, *, device: str = "tun0", exe_here: bool = True) -> tuple[tuple[Link, ...], list[Row]]:
    owner = process(40, "/usr/sbin/openvpn", device, sockets=(9,))._replace(exe_here=exe_here)
    instance = DaemonInstance(40, "openvpn", "client", None, None, (end(FAR, 1194, "udp"),), device, None, source)
    return (tun(4, device),), [owner, udp(9, ("0.0.0.0", 40000)), instance]


@pytest.mark.parametrize("source", ["/etc/openvpn/hq.conf", "hq.conf", "./hq.conf"])
def test_the_file_that_a_running_program_reads_is_not_told_twice(source: str) -> None:
    links, rows = openvpn(source)
    (tunnel,) = found(conf("openvpn", device="tun0", remotes=(end(FAR, 1194, "udp"),)), *rows, links=links)
    assert (tunnel.state, tunnel.witnesses[-1].probe) == (State.UP, "openvpn_conf")


def test_another_file_for_the_same_device_stays_a_tunnel_of_its_own() -> None:
    links, rows = openvpn("/etc/openvpn/other.conf")
    up, down = found(conf("openvpn", device="tun0", remotes=(end(FAR, 1194, "udp"),)), *rows, links=links)
    assert (up.state, down.state) == (State.UP, State.DOWN)
    assert up.id != down.id


def test_a_container_s_program_with_the_same_path_does_not_account_for_the_host_s_file() -> None:
    links, rows = openvpn("/etc/openvpn/hq.conf", device="tun3", exe_here=False)
    assert len(found(conf("openvpn", remotes=(end(OTHER, 1194, "udp"),)), *rows, links=links)) == 2


def test_a_program_without_a_file_is_known_by_far_end_and_port() -> None:
    links, rows = openvpn("command line", device="tun3")
    row = conf("openvpn", manager="NetworkManager", remotes=(end(FAR, 1194, "udp"), end(OTHER, 1194, "udp")))
    assert len(found(row, *rows, links=links)) == 1
    assert len(found(row._replace(remotes=(end(FAR, 443, "udp"),)), *rows, links=links)) == 2


def test_a_program_that_runs_without_a_device_is_said_and_is_the_owner() -> None:
    _, rows = openvpn("/etc/openvpn/hq.conf")
    rows[0] = rows[0]._replace(tun_devices=())  # type: ignore[union-attr, call-arg]
    (tunnel,) = found(conf("openvpn", remotes=(end(),)), *rows)
    assert tunnel.state_reason.en == "the program runs, but holds no device"
    assert tunnel.owner is not None
    assert (tunnel.owner.pid, tunnel.state) == (40, State.DOWN)


def test_a_tun_device_whose_owner_is_not_known_is_not_told_twice() -> None:
    (tunnel,) = found(conf("openvpn", device="tun0"), links=(tun(4, "tun0"),))
    assert (tunnel.technology, tunnel.witnesses[-1].probe) == ("tun", "openvpn_conf")


def ike(name: str, remote: str | None, *, remote_name: str | None = None, people: bool = False) -> IkeSa:
    return IkeSa(name, "CONFIGURED", "192.0.2.1", None, remote, None, None, None, None, (), 50, remote_name, people)


CHARON = process(50, "/usr/sbin/charon-systemd")


@pytest.mark.parametrize(("remote", "remote_name"), [(FAR, None), (None, "hq.example"), (None, None)])
def test_a_connection_that_its_daemon_has_loaded_is_not_told_twice(remote: str | None, remote_name: str | None) -> None:
    ends = (end(remote or remote_name or ""),) if remote or remote_name else ()
    (tunnel,) = found(
        conf("ipsec", manager="swanctl", remotes=ends), CHARON, ike("hq", remote, remote_name=remote_name)
    )
    assert [witness.probe for witness in tunnel.witnesses] == ["vici", "ipsec_conf"]


def test_a_connection_loaded_with_another_far_end_contradicts_its_file() -> None:
    (tunnel,) = found(conf("ipsec", manager="swanctl", remotes=(end(OTHER),)), CHARON, ike("hq", FAR))
    assert len(tunnel.contradictions) == 1


def test_a_service_for_people_that_its_daemon_has_loaded_is_not_told_twice() -> None:
    (tunnel,) = found(conf("ipsec", manager="swanctl", people=True), CHARON, ike("hq", None, people=True))
    assert tunnel.family is Family.REMOTE_ACCESS


def test_policies_to_the_far_end_account_for_a_connection_and_left_and_right_may_be_turned() -> None:
    template = XfrmTemplate("192.0.2.1", FAR, "esp", "tunnel", 1)
    policy = XfrmPolicy("out", "10.8.0.0/24", "10.1.0.0/16", "allow", (template,))
    row = conf("ipsec", manager="ipsec", local=FAR, remotes=(end("192.0.2.1"),))
    inventory, _ = seen(
        *READ, run("xfrm", policy), run("addresses"), run("links"), run("files", row, *_own("192.0.2.1"))
    )
    (tunnel,) = inventory.tunnels
    assert (tunnel.state, tunnel.contradictions) == (State.DOWN, ())
    assert tunnel.witnesses[-1].probe == "ipsec_conf"


def _own(address: str) -> list[Row]:
    return [InterfaceAddress(2, address, 24)]


def test_sessions_of_l2tp_account_for_what_dials_them() -> None:
    session = L2tpSession(7, 8, 9, 10, 2, "udp", "192.0.2.1", 1701, FAR, 1701, "ppp")
    by_address = conf("l2tp", manager="xl2tpd", remotes=(end(FAR, 1701, "udp"),))
    by_name = conf("l2tp", manager="xl2tpd", remotes=(end("lns.example", 1701, "udp"),))
    assert len(found(by_address, session)) == 1
    (tunnel,) = found(by_name, session)
    assert tunnel.remotes[0].endpoint.name == "lns.example"
    other = conf("l2tp", manager="xl2tpd", name="two", remotes=(end(OTHER, 1701, "udp"),))
    assert len(found(by_name, other, session)) == 3  # which of them is up cannot be told


def test_callers_account_for_the_server_that_waits_for_them() -> None:
    sessions = [
        L2tpSession(7 + n, 8, 9, 10, 2, "udp", "192.0.2.1", 1701, far, 1701, "ppp")
        for n, far in enumerate((FAR, OTHER))
    ]
    row = conf("l2tp", manager="xl2tpd", role="server")
    assert len(found(row, *sessions)) == 2
    (down,) = found(row)
    assert (down.state, down.role, down.realisation) == (State.DOWN, Role.SERVER, Realisation.VPN_SERVER)


def test_a_ppp_session_of_unknown_carriage_is_what_the_only_file_says() -> None:
    ppp = link(9, "ppp0", "ppp", arphrd=512)
    row = conf("pptp", manager="pppd", role="client", remotes=(end("vpn.example", 1723, "tcp"),))
    (tunnel,) = found(row, process(70, "/usr/sbin/pptp"), links=(ppp,))
    assert (tunnel.technology, tunnel.remotes[0].endpoint.name) == ("ppp", "vpn.example")
    (named,) = found(row._replace(device="ppp0"), process(70, "/usr/sbin/pptp"), links=(ppp,))
    assert named.witnesses[-1].probe == "ppp_conf"


def test_nebula_is_known_by_its_program() -> None:
    owner = process(80, "/usr/bin/nebula", "tun0", sockets=(9,))
    row = conf("nebula", manager="nebula", remotes=(end(FAR, 4242, "udp"),))
    (tunnel,) = found(row, owner, udp(9, ("0.0.0.0", 4242)), links=(tun(4, "tun0"),))
    assert (tunnel.technology, tunnel.remotes[0].endpoint.address) == ("nebula", FAR)


def test_a_mesh_takes_far_ends_from_its_file_and_never_contradicts_it() -> None:
    owner = process(60, "/usr/sbin/tincd", "mesh", sockets=(9,))
    row = conf("tinc", manager="tinc", device="mesh", remotes=(end(OTHER, 655),))
    (idle,) = found(row, owner, links=(tun(4, "mesh"),))
    assert (idle.remotes[0].endpoint.address, idle.remotes[0].configured_only) == (OTHER, True)
    connected = tcp(9, ("192.0.2.1", 40000), (FAR, 655))
    (tunnel,) = found(row, owner, connected, links=(tun(4, "mesh"),))
    assert (tunnel.remotes[0].endpoint.address, tunnel.contradictions) == (FAR, ())


def test_without_configurations_nothing_changes() -> None:
    assert only_tunnel(run("links", WG), run("wireguard", wireguard())).remotes[0].endpoint.name is None
