"""Programs without a device: which are tunnels, which are one, what is kept of their connections."""

import pytest

from auditor.model.rows import DaemonInstance, NamedEnd, Process, Row, Socket, Underlay
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.tunnel import Certainty, Family, Realisation, Role, State, Tunnel
from tests.auditor.correlate.rows import BRANCH, link, only_tunnel, process, run, seen, tcp, tun, udp

SS_LOCAL, SS_SERVER, STUNNEL, SSH, SSHD = (
    f"/usr/{path}" for path in ("bin/ss-local", "bin/ss-server", "bin/stunnel4", "bin/ssh", "sbin/sshd")
)
PERSON, SITE = "198.51.100.77", "198.51.100.78"


def row(technology: str, role: str | None, port: int | None, *remotes: NamedEnd, pid: int = 50, **more: object) -> Row:
    fields: dict[str, object] = {"local": None, "device": None, "clients": None, "source": "/etc/x", "transport": "tcp"}
    return DaemonInstance(  # type: ignore[arg-type]
        pid=pid, technology=technology, role=role, local_port=port, remotes=remotes, **(fields | more)
    )


def end(host: str, port: int = 443) -> NamedEnd:
    return NamedEnd(host, port, "tcp")


def listening(inode: int, port: int, address: str = "0.0.0.0") -> Socket:
    return tcp(inode, (address, port), None, "LISTEN")


def found(processes: tuple[Process, ...], sockets: tuple[Socket, ...], *instances: Row) -> tuple[Tunnel, ...]:
    inventory, gaps = seen(run("processes", *processes), run("sockets", *sockets), run("instances", *instances))
    assert not gaps
    return inventory.tunnels


# Clients


def test_a_client_has_its_server_as_far_end_and_nothing_that_people_look_at() -> None:
    tunnel = only_tunnel(
        run("links", link(2, "eth0", None)),
        run("processes", process(50, SS_LOCAL, sockets=(1, 2, 3, 4))),
        run(
            "sockets",
            listening(1, 1080, "127.0.0.1"),
            tcp(2, ("192.0.2.1", 40000), ("203.0.113.9", 443)),
            tcp(3, ("192.0.2.1", 40001), (PERSON, 443)),
            tcp(4, ("127.0.0.1", 1080), ("127.0.0.1", 50000)),
        ),
        run("instances", row("shadowsocks", "client", 1080, end("203.0.113.9"), local="127.0.0.1")),
        run("underlay", Underlay("203.0.113.9", 2, "192.0.2.254", "192.0.2.1")),
    )
    (remote,) = tunnel.remotes
    assert (tunnel.technology, tunnel.family, tunnel.role) == ("shadowsocks", Family.PROXY, Role.CLIENT)
    assert (tunnel.interface, tunnel.ifindex, tunnel.routes, tunnel.default_route) == (None, None, (), None)
    assert (tunnel.local.address, tunnel.local.port, tunnel.local.transport) == ("127.0.0.1", 1080, "tcp")
    assert (remote.endpoint.address, remote.endpoint.port, remote.configured_only) == ("203.0.113.9", 443, False)
    assert remote.way is not None
    assert remote.way.interface == "eth0"
    assert (tunnel.state, tunnel.certainty, tunnel.realisation) == (State.UP, Certainty.HIGH, Realisation.SOFTWARE_VPN)
    assert PERSON not in repr(tunnel)


def test_a_server_by_name_is_not_taken_for_whatever_is_connected() -> None:
    (tunnel,) = found(
        (process(50, SS_LOCAL, sockets=(1, 3)),),
        (listening(1, 1080), tcp(3, ("192.0.2.1", 40001), (PERSON, 443))),
        row("shadowsocks", "client", 1080, end("hk.example")),
    )
    (remote,) = tunnel.remotes
    assert (remote.endpoint.name, remote.endpoint.address, remote.configured_only) == ("hk.example", None, True)
    assert tunnel.state is State.UP
    assert PERSON not in repr(tunnel)


def test_a_client_that_only_sockets_show_says_less() -> None:
    (tunnel,) = found(
        (process(50, SS_LOCAL, sockets=(1, 3)),),
        (listening(1, 1080, "127.0.0.1"), tcp(3, ("192.0.2.1", 40001), (PERSON, 443))),
    )
    assert (tunnel.remotes, tunnel.certainty, tunnel.local.port) == ((), Certainty.MEDIUM, 1080)
    assert PERSON not in repr(tunnel)


def test_a_client_that_always_is_connected_is_stale_without() -> None:
    (tunnel,) = found(
        (process(50, "/usr/bin/frpc", sockets=(9,)),),
        (udp(9, ("0.0.0.0", 40000)),),
        row("frp", "client", None, end("a.example", 7000)),
    )
    assert (tunnel.state, tunnel.role) == (State.STALE, Role.CLIENT)


def test_a_connection_that_is_only_tried_is_none() -> None:
    (tunnel,) = found(
        (process(50, SSH, sockets=(1,)),),
        (tcp(1, ("192.0.2.1", 40000), ("203.0.113.4", 22), "SYN_SENT"),),
        row("ssh", "client", None, end("203.0.113.4", 22)),
    )
    assert (tunnel.state, tunnel.remotes[0].configured_only) == (State.STALE, True)


def test_services_of_one_daemon_are_a_tunnel_each() -> None:
    tunnels = found(
        (process(50, STUNNEL, sockets=(1, 2)),),
        (listening(1, 3200, "127.0.0.1"), listening(2, 2525, "127.0.0.1")),
        row("stunnel", "client", 3200, end("203.0.113.9")),
        row("stunnel", "client", 2525, end("203.0.113.10")),
    )
    assert [(t.local.port, t.remotes[0].endpoint.address) for t in tunnels] == [
        (3200, "203.0.113.9"),
        (2525, "203.0.113.10"),
    ]
    assert len({t.id for t in tunnels}) == 2


def test_a_client_of_a_proxy_on_this_host_is_inside_that() -> None:
    redsocks = process(60, "/usr/sbin/redsocks", sockets=(5,))
    outer, inner = found(
        (process(50, SS_LOCAL, sockets=(1,)), redsocks),
        (listening(1, 1080, "127.0.0.1"), listening(5, 12345)),
        row("shadowsocks", "client", 1080, end("203.0.113.9")),
        row("socks", "client", 12345, end("127.0.0.1", 1080), pid=60),
    )
    assert (inner.technology, inner.outer_id, inner.remotes) == ("socks", outer.id, ())
    assert [(layer.technology, layer.door) for layer in inner.layers] == [
        ("shadowsocks", "outer"),
        ("socks", "process"),
    ]


# Servers


def test_a_server_names_neither_clients_nor_where_they_go() -> None:
    clients = tuple(tcp(10 + n, ("192.0.2.1", 8388), (f"198.51.100.{n}", 50000)) for n in range(1, 7))
    outward = tcp(30, ("192.0.2.1", 40000), ("203.0.113.99", 443))
    sockets = (listening(1, 8388), *clients, outward)
    (tunnel,) = found((process(50, SS_SERVER, sockets=tuple(s.inode for s in sockets)),), sockets)
    assert (tunnel.role, tunnel.remotes, tunnel.peers_count) == (Role.SERVER, (), 6)
    assert (tunnel.realisation, tunnel.state) == (Realisation.VPN_SERVER, State.UP)
    assert "198.51.100." not in repr(tunnel)
    assert "203.0.113." not in repr(tunnel)


def test_a_few_clients_are_not_counted() -> None:
    sockets = (listening(1, 8388), tcp(2, ("192.0.2.1", 8388), (PERSON, 50000)))
    (tunnel,) = found((process(50, SS_SERVER, sockets=(1, 2)),), sockets)
    assert tunnel.peers_count is None


# One daemon, several processes


def test_a_master_with_workers_is_one() -> None:
    danted = "/usr/sbin/danted"
    master = process(50, danted, sockets=(1,))
    workers = [process(51, danted, sockets=(1, 2)), process(52, danted, sockets=(3,))._replace(ppid=51)]
    (tunnel,) = found((master, *workers), (listening(1, 1080),))
    assert tunnel.owner is not None
    assert (tunnel.owner.pid, tunnel.owner.path) == (50, danted)
    assert "2 more" in tunnel.witnesses[0].says


def test_two_instances_of_one_program_are_two_and_keep_their_ids() -> None:
    def ids(first: int, second: int) -> list[str]:
        return [
            tunnel.id
            for tunnel in found(
                (process(first, SS_LOCAL, sockets=(1,)), process(second, SS_LOCAL, sockets=(2,))),
                (listening(1, 1080), listening(2, 1081)),
            )
        ]

    assert len(set(ids(50, 60))) == 2
    assert ids(50, 60) == ids(70, 80)


def test_an_id_does_not_depend_on_passing_ports_but_on_the_namespace() -> None:
    def one(port: int, scope: object = None) -> str:
        more = {"netns": BRANCH.inode} if scope else {}
        runs = {"scope": BRANCH} if scope else {}
        tunnel = only_tunnel(
            run("processes", process(50, SS_LOCAL, sockets=(1, 2), **more)),  # type: ignore[arg-type]
            run("sockets", listening(1, 1080), listening(2, port), **runs),  # type: ignore[arg-type]
        )
        return tunnel.id

    assert one(40000) == one(50000)
    assert one(40000) != one(40000, BRANCH)


# Daemons of VPNs


def test_a_daemon_that_holds_a_device_in_one_process_is_no_second_tunnel() -> None:
    openvpn = "/usr/sbin/tincd"
    tunnels = seen(
        run("links", tun(4, "mesh")),
        run("processes", process(50, openvpn, "mesh", sockets=(1,)), process(51, openvpn)._replace(ppid=50)),
        run("sockets", listening(1, 655)),
    )[0].tunnels
    assert [tunnel.interface for tunnel in tunnels] == ["mesh"]


@pytest.mark.parametrize(("device", "count"), [("tun0", 1), (None, 1)])
def test_openvpn_on_a_device_of_the_kernel_is_no_second_tunnel(device: str | None, count: int) -> None:
    tunnels = seen(
        run("links", link(4, "tun0", "ovpn", arphrd=65534)),
        run("processes", process(50, "/usr/sbin/openvpn", sockets=(1,))),
        run("sockets", udp(1, ("0.0.0.0", 1194))),
        run("openvpn", row("openvpn", "server", 1194, device=device, people=True, transport="udp")),
    )[0].tunnels
    assert len(tunnels) == count
    assert tunnels[0].interface == "tun0"


def test_openvpn_without_a_device_is_found_beside_one_with_a_device_of_the_kernel() -> None:
    tunnels = seen(
        run("links", link(4, "tun0", "ovpn", arphrd=65534)),
        run(
            "processes", process(50, "/usr/sbin/openvpn", sockets=(1,)), process(51, "/usr/sbin/openvpn", sockets=(2,))
        ),
        run("sockets", udp(1, ("0.0.0.0", 1194)), udp(2, ("0.0.0.0", 40000))),
        run(
            "openvpn",
            row("openvpn", "server", 1194, device="tun0", people=True, transport="udp"),
            row("openvpn", "client", None, end("203.0.113.9", 1194), pid=51, transport="udp"),
        ),
    )[0].tunnels
    assert [(tunnel.interface, tunnel.state) for tunnel in tunnels] == [("tun0", State.UP), (None, State.DOWN)]


def test_openvpn_that_waits_for_its_device_is_down() -> None:
    (tunnel,) = found(
        (process(50, "/usr/sbin/openvpn", sockets=(1,)),),
        (udp(1, ("0.0.0.0", 40000)),),
        row("openvpn", "client", None, end("203.0.113.9", 1194), transport="udp"),
    )
    assert (tunnel.state, tunnel.family, tunnel.default_route) == (State.DOWN, Family.NETWORK_TUNNEL, False)


def test_a_server_for_people_with_nobody_connected() -> None:
    (tunnel,) = found(
        (process(50, "/usr/sbin/ocserv", sockets=(1, 2)),),
        (listening(1, 443), tcp(2, ("192.0.2.1", 443), (PERSON, 50000))),
    )
    assert (tunnel.family, tunnel.role, tunnel.state) == (Family.REMOTE_ACCESS, Role.SERVER, State.UP)
    assert PERSON not in repr(tunnel)


# ssh


def test_an_ordinary_session_is_nothing() -> None:
    client = process(50, SSH, sockets=(1,))
    listener, session = process(60, SSHD, sockets=(2, 3)), process(61, SSHD, sockets=(4,))._replace(ppid=60)
    sockets = (
        tcp(1, ("192.0.2.1", 40000), ("203.0.113.4", 22)),
        listening(2, 22),
        tcp(3, ("::", 22), None, "LISTEN"),
        tcp(4, ("192.0.2.1", 22), (PERSON, 50000)),
    )
    assert found((client, listener, session), sockets) == ()


def test_a_session_that_listens_forwards_and_its_server_is_its_first_connection() -> None:
    (tunnel,) = found(
        (process(50, SSH, sockets=(3, 1, 2)),),
        (
            tcp(1, ("192.0.2.1", 40000), ("203.0.113.4", 22)),
            listening(2, 1080, "127.0.0.1"),
            tcp(3, ("192.0.2.1", 40001), ("10.8.0.5", 80)),
        ),
    )
    assert (tunnel.technology, tunnel.family, tunnel.role, tunnel.state) == ("ssh", Family.PROXY, Role.CLIENT, State.UP)
    assert [remote.endpoint.address for remote in tunnel.remotes] == ["203.0.113.4"]
    assert (tunnel.local.port, tunnel.certainty) == (1080, Certainty.MEDIUM)


def test_a_forward_from_the_far_end_shows_in_the_arguments_only() -> None:
    (tunnel,) = found(
        (process(50, SSH, sockets=(1, 3)),),
        (tcp(1, ("192.0.2.1", 40000), ("203.0.113.4", 22)), tcp(3, ("192.0.2.1", 40001), ("10.8.0.5", 22))),
        row("ssh", "client", None, end("hk.example", 22), source="command line"),
    )
    (remote,) = tunnel.remotes
    assert (remote.endpoint.address, remote.endpoint.name) == ("203.0.113.4", "hk.example")
    assert (tunnel.local.address, tunnel.local.port) == ("192.0.2.1", 40000)


def test_a_session_through_a_jump_is_connected_by_another_process() -> None:
    (tunnel,) = found(
        (process(50, SSH, sockets=(1, 2)),),
        (listening(1, 8080), tcp(2, ("192.0.2.1", 40001), ("10.8.0.5", 22))),
        row("ssh", "client", 8080, end("hk.example", 22), transport=None),
    )
    (remote,) = tunnel.remotes
    assert (remote.endpoint.address, remote.endpoint.name, remote.configured_only) == (None, "hk.example", True)


def test_a_session_of_sshd_that_listens_is_a_forward_of_somebody_who_is_not_named() -> None:
    shared = tcp(4, ("192.0.2.1", 22), (SITE, 50000))
    session = (process(61, SSHD, sockets=(4,)), process(62, SSHD, sockets=(4, 5))._replace(ppid=61))
    (tunnel,) = found((process(60, SSHD, sockets=(2,)), *session), (listening(2, 22), shared, listening(5, 7022)))
    assert (tunnel.role, tunnel.local.port, tunnel.remotes) == (Role.SERVER, 7022, ())
    assert SITE not in repr(tunnel)


@pytest.mark.parametrize(
    ("address", "port", "count"),
    [("127.0.0.1", 6010, 0), ("::1", 6015, 0), ("0.0.0.0", 6010, 1), ("127.0.0.1", 6200, 1)],
)
def test_x11_forwarding_is_silent(address: str, port: int, count: int) -> None:
    sockets = (tcp(4, ("192.0.2.1", 22), (PERSON, 50000)), listening(5, port, address))
    assert len(found((process(61, SSHD, sockets=(4, 5)),), sockets)) == count


def test_a_forward_handed_to_a_master_is_the_masters() -> None:
    master, asking = process(50, SSH, sockets=(1, 2)), process(51, SSH, sockets=(77,))
    (tunnel,) = found(
        (master, asking),
        (tcp(1, ("192.0.2.1", 40000), ("203.0.113.4", 22)), listening(2, 8080)),
        row("ssh", "client", 8080, end("203.0.113.4", 22), pid=51),
    )
    assert tunnel.owner is not None
    assert tunnel.owner.pid == 50


def test_a_second_session_with_the_same_forward_forwards_nothing() -> None:
    first, second = process(50, SSH, sockets=(1, 2)), process(51, SSH, sockets=(3,))
    (tunnel,) = found(
        (first, second),
        (
            tcp(1, ("192.0.2.1", 40000), ("203.0.113.4", 22)),
            listening(2, 8080),
            tcp(3, ("192.0.2.1", 40001), ("203.0.113.4", 22)),
        ),
        *(row("ssh", "client", 8080, end("203.0.113.4", 22), pid=pid) for pid in (50, 51)),
    )
    assert tunnel.owner is not None
    assert tunnel.owner.pid == 50


# socat


def test_a_relay_is_one_whoever_is_connected_and_only_by_its_arguments() -> None:
    socat = "/usr/bin/socat"
    processes = (process(50, socat, sockets=(1,)), process(51, socat, sockets=(2, 3))._replace(ppid=50))
    sockets = (
        listening(1, 3390),
        tcp(2, ("192.0.2.1", 3390), (PERSON, 50000)),
        tcp(3, ("192.0.2.1", 40000), ("203.0.113.9", 3389)),
    )
    assert found(processes, sockets) == ()
    told = [row("socat", "client", 3390, end("203.0.113.9", 3389), pid=pid) for pid in (50, 51)]
    (tunnel,) = found(processes, sockets, *told)
    assert [remote.endpoint.address for remote in tunnel.remotes] == ["203.0.113.9"]
    assert PERSON not in repr(tunnel)


# What cannot be seen


def test_a_program_without_visible_sockets_is_unknown() -> None:
    (tunnel,) = found(
        (process(50, SS_LOCAL, sockets=(9,)),), (), row("shadowsocks", "client", 1080, end("203.0.113.9"))
    )
    assert tunnel.state is State.UNKNOWN
    assert tunnel.remotes[0].configured_only


def test_an_unrecognised_program_is_nothing() -> None:
    assert found((process(50, "/usr/sbin/nginx", sockets=(1,)),), (listening(1, 443),)) == ()


def test_a_program_without_any_socket_is_down_unless_what_it_holds_was_not_read() -> None:
    waits = (process(50, "/usr/sbin/openvpn"),)
    configured = row("openvpn", "client", None, end("203.0.113.9"), source="/root/x.conf")
    (tunnel,) = found(waits, (), configured)
    assert (tunnel.state, tunnel.state_reason.en) == (State.DOWN, "the program runs, but holds no socket")
    assert tunnel.remotes[0].endpoint.address == "203.0.113.9"
    gap = BlindSpot(probe="processes", scope="host", source="/proc/*/fd", reason=Reason.PERMISSION, detail="", hides=())
    inventory, _ = seen(run("processes", *waits, blind=(gap,)), run("instances", configured))
    assert [one.state for one in inventory.tunnels] == [State.UNKNOWN]
