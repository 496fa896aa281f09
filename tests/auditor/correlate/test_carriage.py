"""What carries a PPP session: the program at pppd's terminal, pppd's own arguments, the only one that is left."""

from auditor.model.rows import DaemonInstance, Link, NamedEnd, PppSession, Process, Route, Row, Socket, Underlay
from auditor.model.sightings import ProbeRun
from auditor.model.tunnel import Certainty, NotTunnel, Realisation, Role, Tunnel
from tests.auditor.correlate.rows import BRANCH, link, process, run, seen, tcp, udp

PPPOE = PppSession("pppoe", device="eth0")
FAR = "203.0.113.50"


def device(index: int, name: str | None = None) -> Link:
    return link(index, name or f"ppp{index}", "ppp", arphrd=512)


def pppd(pid: int, *terminals: int, netns: int = 100) -> Process:
    return process(pid, "/usr/sbin/pppd", netns=netns)._replace(holds_ppp=True, terminals=terminals)


def carrier(pid: int, path: str, *masters: int, sockets: tuple[int, ...] = ()) -> Process:
    return process(pid, path, sockets=sockets)._replace(masters=masters)


def told(pid: int, device: str | None, technology: str = "ppp", *servers: str) -> DaemonInstance:
    ends = tuple(NamedEnd(server) for server in servers)
    return DaemonInstance(pid, technology, None, None, None, ends, device, None, "/etc/ppp/peers/office")


def gre(inode: int, remote: str = FAR) -> Socket:
    return Socket("gre", "ESTABLISHED", "192.0.2.1", 0, remote, 0, inode)


def found(*runs: ProbeRun) -> dict[str | None, Tunnel | NotTunnel]:
    inventory, gaps = seen(*runs)
    assert not gaps
    return {one.interface: one for one in (*inventory.tunnels, *inventory.not_tunnels)}


def technology(*runs: ProbeRun) -> dict[str | None, str | None]:
    return {name: getattr(one, "technology", None) for name, one in found(*runs).items()}


def test_pptp_by_the_program_at_the_terminal_and_its_sockets() -> None:
    control = tcp(902, ("192.0.2.1", 40000), (FAR, 1723))
    (one,) = found(
        run("links", device(3)),
        run("processes", pppd(40, 5), carrier(41, "/usr/sbin/pptp", 5, sockets=(901,)), carrier(42, "/usr/sbin/pptp")),
        run("ppp", gre(901)),
        run("sockets", control, tcp(903, ("192.0.2.1", 4), ("203.0.113.9", 1723))),
        run("instances", told(40, "ppp3", "pptp", FAR)),
        run("underlay", Underlay(FAR, 2, "192.0.2.254", "192.0.2.1")),
    ).values()
    assert isinstance(one, Tunnel)
    (remote,) = one.remotes
    assert (one.technology, one.role, one.realisation) == ("pptp", Role.CLIENT, Realisation.SOFTWARE_VPN)
    assert (remote.endpoint.address, remote.endpoint.transport, remote.endpoint.port) == (FAR, "gre", None)
    assert (one.local.address, one.owner and one.owner.path) == ("192.0.2.1", "/usr/sbin/pptp")
    assert any("control connection" in witness.says for witness in one.witnesses)
    assert not one.contradictions


def test_each_device_has_its_own_carrier() -> None:
    assert technology(
        run("links", device(3), device(4), device(5), device(6)),
        run(
            "processes",
            *(pppd(40 + number, number) for number in range(4)),
            carrier(50, "/usr/sbin/sstpc", 0, sockets=(900,)),
            carrier(51, "/usr/bin/openfortivpn", 1, sockets=(901,)),
            carrier(52, "/usr/bin/ssh", 2, sockets=(902,)),
            carrier(53, "/usr/sbin/xl2tpd", 3),
            process(54, "/bin/sh")._replace(masters=(2,)),
        ),
        run("sockets", *(tcp(900 + number, ("192.0.2.1", 4000), (f"203.0.113.{number}", 443)) for number in range(3))),
        run("instances", *(told(40 + number, f"ppp{3 + number}") for number in range(4))),
    ) == {"ppp3": "sstp", "ppp4": "fortinet", "ppp5": "ssh", "ppp6": "l2tp"}


def test_l2tp_in_user_space_has_the_far_end_of_its_only_connection() -> None:
    lac = DaemonInstance(41, "l2tp", "client", None, None, (NamedEnd(FAR, 1701, "udp"),), None, None, "xl2tpd.conf")
    daemon = carrier(41, "/usr/sbin/xl2tpd", 5, sockets=(901, 902))
    base = (
        run("links", device(3)),
        run("processes", pppd(40, 5), daemon),
        run("sockets", udp(901, ("0.0.0.0", 1701)), tcp(902, ("0.0.0.0", 99), None, "LISTEN")),
        run("underlay", Underlay(FAR, 2, None, "192.0.2.1")),
    )
    one = found(*base, run("instances", told(40, "ppp3"), lac))["ppp3"]
    assert isinstance(one, Tunnel)
    end = one.remotes[0].endpoint
    assert (one.technology, one.role, end.address, end.port) == ("l2tp", Role.CLIENT, FAR, 1701)
    assert (one.local.address, one.local.port, one.local.transport) == ("192.0.2.1", 1701, "udp")
    other = lac._replace(remotes=(NamedEnd("203.0.113.51", 1701, "udp"),))
    two = found(*base, run("instances", told(40, "ppp3"), lac, other))["ppp3"]
    assert isinstance(two, Tunnel)
    assert two.remotes == ()


def test_an_unknown_program_is_named_and_its_far_end_with_it() -> None:
    one = found(
        run("links", device(3)),
        run("processes", pppd(40, 5), carrier(41, "/opt/corp/dialer", 5, sockets=(901,))),
        run("sockets", tcp(901, ("192.0.2.1", 4000), (FAR, 443))),
        run("ppp", PPPOE),
    )["ppp3"]
    assert isinstance(one, Tunnel)
    assert (one.technology, one.certainty, bool(one.contradictions)) == ("ppp", Certainty.HIGH, True)
    assert one.remotes[0].endpoint.address == FAR
    assert one.owner is not None
    assert one.owner.path == "/opt/corp/dialer"


def test_broadband_in_user_space_only_by_the_hosts_own_program() -> None:
    def by(pppoe: Process) -> dict[str | None, str | None]:
        return technology(run("links", device(3)), run("processes", pppd(40, 5), pppoe))

    at_home = carrier(41, "/usr/sbin/pppoe", 5)
    assert by(at_home) == {"ppp3": None}
    for other in (
        at_home._replace(exe="/tmp/usr/sbin/pppoe"),
        at_home._replace(exe_here=False),
        at_home._replace(exe_here=None),
        at_home._replace(exe_deleted=True),
    ):
        assert by(other) == {"ppp3": "ppp"}


def test_broadband_that_pppd_was_told_needs_a_session_of_the_kernel() -> None:
    rows: tuple[Row, ...] = (told(40, "ppp3", "pppoe"),)
    base = run("links", device(3), device(4)), run("processes", pppd(40), pppd(41)), run("instances", *rows)
    assert technology(*base) == {"ppp3": "ppp", "ppp4": "ppp"}
    assert technology(*base, run("ppp", PPPOE)) == {"ppp3": None, "ppp4": "ppp"}
    assert technology(*base, run("ppp", PPPOE, PPPOE)) == {"ppp3": None, "ppp4": None}


def test_pptp_of_the_kernel_by_what_pppd_was_told() -> None:
    one = found(
        run("links", device(3)),
        run("processes", pppd(40)),
        run("instances", told(40, "ppp3", "pptp", "vpn.example.net")),
        run("ppp", PPPOE),
    )["ppp3"]
    assert isinstance(one, Tunnel)
    assert (one.technology, one.role) == ("pptp", Role.CLIENT)
    assert (one.remotes[0].endpoint.name, one.remotes[0].configured_only) == ("vpn.example.net", True)


def test_a_renamed_device_belongs_to_the_only_pppd_without_one() -> None:
    rows = run("links", device(3, "corp0")), run("processes", pppd(40, 5), carrier(41, "/usr/sbin/pptp", 5))
    assert technology(*rows, run("instances", told(40, "ppp0"))) == {"corp0": "pptp"}
    two = run("links", device(3, "corp0"), device(4, "corp1")), rows[1]
    assert technology(*two, run("instances", told(40, "ppp0"))) == {"corp0": "ppp", "corp1": "ppp"}


def test_a_device_moved_to_another_namespace_keeps_its_pppd() -> None:
    inventory, _ = seen(
        run("links", link(2, "eth0", None)),
        run("links", device(3), scope=BRANCH),
        run("processes", pppd(40, 5), carrier(41, "/usr/sbin/pptp", 5, sockets=(901,))),
        run("ppp", gre(901)),
        run("instances", told(40, "ppp3")),
        run("underlay", Underlay(FAR, 2, None, "192.0.2.1")),
    )
    (one,) = inventory.tunnels
    assert (one.scope, one.technology, one.remotes[0].endpoint.address) == (BRANCH, "pptp", FAR)
    assert one.remotes[0].way is not None


def test_terminals_of_a_container_are_numbered_anew() -> None:
    inside = carrier(41, "/usr/sbin/pptp", 5)._replace(mntns=9)
    assert technology(run("links", device(3)), run("processes", pppd(40, 5), inside)) == {"ppp3": "ppp"}


def test_the_only_server_of_its_kind_serves_the_devices_that_nothing_else_explains() -> None:
    server = process(40, "/usr/sbin/accel-pppd")._replace(holds_ppp=True)
    inventory, _ = seen(run("links", device(3), device(4)), run("processes", server))
    (one,) = inventory.tunnels
    assert (one.technology, one.family.value, one.peers_count, one.interface) == ("ppp", "remote_access", 2, None)


def test_a_site_that_dials_in_by_pptp_stays_a_far_end() -> None:
    rows = (
        run("links", device(3), device(4)),
        run("addresses"),
        run(
            "processes",
            pppd(40, 5),
            pppd(41, 6),
            carrier(50, "/usr/sbin/pptpctrl", 5, sockets=(901,)),
            carrier(51, "/usr/sbin/pptpctrl", 6, sockets=(902,)),
            process(49, "/usr/sbin/pptpd", sockets=(900,)),
        ),
        run("sockets", tcp(900, ("0.0.0.0", 1723), None, "LISTEN")),
        run("ppp", gre(901, "198.18.0.7"), gre(902, "203.0.113.9")),
        run("instances", told(40, "ppp3"), told(41, "ppp4")),
        run("routes", Route("10.69.0.10/32", 254, 3), Route("10.77.0.0/24", 254, 4)),
    )
    inventory, _ = seen(*rows)
    people, site = sorted(inventory.tunnels, key=lambda one: one.interface or "")
    assert (site.interface, site.role, site.remotes[0].endpoint.address) == ("ppp4", Role.SERVER, "203.0.113.9")
    assert (people.peers_count, people.remotes, people.local.port) == (1, (), 1723)
    assert people.owner is not None
    assert people.owner.path == "/usr/sbin/pptpd"
    assert "198.18.0.7" not in repr(inventory)
    assert [one.interface for one in inventory.not_tunnels] == ["ppp3"]
    assert inventory.ports == ()


def test_a_server_that_listens_is_there_before_anybody_connects() -> None:
    rows = run("processes", process(49, "/usr/sbin/pptpd", sockets=(900,)))
    inventory, _ = seen(rows, run("sockets", tcp(900, ("0.0.0.0", 1723), None, "LISTEN")))
    (one,) = inventory.tunnels
    assert (one.technology, one.peers_count, one.family.value) == ("pptp", 0, "remote_access")
    assert not seen(rows)[0].tunnels, "it does not listen"


def test_an_lns_is_there_before_anybody_connects() -> None:
    server = DaemonInstance(49, "l2tp", "server", None, 1701, (), None, None, "/etc/xl2tpd/xl2tpd.conf", people=True)
    inventory, _ = seen(run("processes", process(49, "/usr/sbin/xl2tpd")), run("instances", server))
    (one,) = inventory.tunnels
    assert (one.technology, one.peers_count, one.local.port) == ("l2tp", 0, 1701)
    client = server._replace(role="client", people=False)
    assert not seen(run("processes", process(49, "/usr/sbin/xl2tpd")), run("instances", client))[0].tunnels
