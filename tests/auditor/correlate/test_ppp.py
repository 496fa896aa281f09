"""A PPP device is what carries its session: L2TP by name, PPPoE by number, else it says that it cannot be told."""

from auditor.model.rows import L2tpSession, Link, PppSession, Socket
from auditor.model.sightings import BlindSpot, ProbeRun, Reason
from auditor.model.tunnel import State
from tests.auditor.correlate.rows import HOST, link, only_device, only_tunnel, process, run, seen

PPPOE = PppSession("pppoe", device="eth0")
UNREAD = BlindSpot(
    probe="ppp",
    scope="host",
    source="/proc/thread-self/net/pppol2tp",
    reason=Reason.UNPARSED,
    detail="",
    hides=("l2tp",),
)


def ppp(*indexes: int) -> ProbeRun:
    return run("links", *(device(index) for index in indexes))


def device(index: int) -> Link:
    return link(index, f"ppp{index}", "ppp", arphrd=512)


def listed(tunnel_id: int, session_id: int, interface: str | None) -> PppSession:
    return PppSession("l2tp", local="192.0.2.1", interface=interface, tunnel_id=tunnel_id, session_id=session_id)


def session(tunnel_id: int, session_id: int | None) -> L2tpSession:
    ends = {"local": "192.0.2.1", "local_port": 1701, "remote": f"203.0.113.{tunnel_id}", "remote_port": 1701}
    return L2tpSession(tunnel_id, session_id, 22, 8, 2, "udp", pseudowire="ppp", **ends)  # type: ignore[arg-type]


def technologies(*runs: ProbeRun) -> dict[str | None, str]:
    """Return the technology of each tunnel by its device."""
    return {tunnel.interface: tunnel.technology for tunnel in seen(*runs)[0].tunnels}


def test_pppoe_is_no_tunnel() -> None:
    assert "PPPoE" in only_device(ppp(0), run("ppp", PPPOE)).reason.en


def test_l2tp_by_the_session_of_both_tables() -> None:
    tunnel = only_tunnel(ppp(1), run("ppp", listed(11, 7, "ppp1")), run("l2tp", session(11, 7)))
    (remote,) = tunnel.remotes
    assert (tunnel.technology, tunnel.interface, tunnel.state) == ("l2tp", "ppp1", State.UP)
    assert (remote.endpoint.address, remote.endpoint.port, remote.endpoint.transport) == ("203.0.113.11", 1701, "udp")
    assert (tunnel.local.address, tunnel.local.port) == ("192.0.2.1", 1701)
    assert [witness.probe for witness in tunnel.witnesses] == ["links", "l2tp"]


def test_l2tp_of_a_kernel_without_its_netlink_family() -> None:
    tunnel = only_tunnel(ppp(1), run("ppp", listed(11, 7, "ppp1")))
    assert (tunnel.technology, tunnel.interface, tunnel.local.address) == ("l2tp", "ppp1", "192.0.2.1")
    assert tunnel.remotes == ()
    assert [witness.probe for witness in tunnel.witnesses] == ["links", "ppp"]


def test_broadband_and_l2tp_side_by_side() -> None:
    runs = ppp(0, 1), run("ppp", PPPOE, listed(11, 7, "ppp1")), run("l2tp", session(11, 7))
    assert technologies(*runs) == {"ppp1": "l2tp"}
    assert [found.interface for found in seen(*runs)[0].not_tunnels] == ["ppp0"]


def test_two_sessions_of_one_tunnel_keep_their_own_devices() -> None:
    sessions = run("ppp", listed(11, 7, "ppp1"), listed(12, 7, "ppp2"))
    inventory, _ = seen(ppp(1, 2), sessions, run("l2tp", session(12, 7), session(11, 7)))
    ends = {tunnel.interface: tunnel.remotes[0].endpoint.address for tunnel in inventory.tunnels}
    assert ends == {"ppp1": "203.0.113.11", "ppp2": "203.0.113.12"}


def test_carriage_that_cannot_be_told_is_a_tunnel_that_says_so() -> None:
    tunnel = only_tunnel(ppp(0))
    assert tunnel.technology == "ppp"
    assert tunnel.contradictions


def test_fewer_broadband_sessions_than_devices_clear_none() -> None:
    assert technologies(ppp(0, 1), run("ppp", PPPOE)) == {"ppp0": "ppp", "ppp1": "ppp"}
    assert technologies(ppp(0, 1, 2), run("ppp", PPPOE, listed(11, 7, "ppp2"))) == {
        "ppp0": "ppp",
        "ppp1": "ppp",
        "ppp2": "l2tp",
    }


def test_broadband_clears_nothing_while_the_devices_of_l2tp_could_not_be_read() -> None:
    unread = run("ppp", PPPOE, blind=(UNREAD,)), run("l2tp", session(11, 7))
    assert technologies(ppp(0), *unread) == {"ppp0": "ppp", None: "l2tp"}
    assert technologies(ppp(0), run("ppp", PPPOE, blind=(UNREAD,))) == {}


def test_a_session_without_a_device_is_a_tunnel_of_unknown_state() -> None:
    for rows in (run("l2tp", session(11, 7)),), (run("ppp", listed(11, 7, None)),):
        tunnel = only_tunnel(*rows)
        assert (tunnel.technology, tunnel.interface, tunnel.state) == ("l2tp", None, State.UNKNOWN)
        assert "no PPP device" in tunnel.state_reason.en
    assert HOST.inode == tunnel.scope.inode


def test_a_program_that_carries_ppp_otherwise_is_not_hidden_by_a_session_without_a_device() -> None:
    """A relay of PPPoE has sessions and no device, so their number says nothing beside PPTP."""
    for path in ("/usr/sbin/pptp", "/usr/sbin/sstpc", "/usr/bin/openfortivpn"):
        assert technologies(ppp(0), run("ppp", PPPOE), run("processes", process(50, path))) == {"ppp0": "ppp"}
    assert technologies(ppp(0), run("ppp", PPPOE), run("processes", process(50, "/usr/sbin/pppd"))) == {}


def test_the_program_that_holds_the_socket_of_an_l2tp_tunnel_is_its_owner() -> None:
    inside = Socket("udp", "ESTABLISHED", "192.0.2.1", 1701, "203.0.113.11", 1701, 900)
    rows = (
        ppp(1),
        run("ppp", listed(11, 7, "ppp1")),
        run("l2tp", session(11, 7), session(12, 9)),
        run("sockets", inside, inside._replace(remote="203.0.113.99", inode=901)),
        run("processes", process(50, "/usr/sbin/xl2tpd", sockets=(900,)), process(51, "/bin/other", sockets=(901,))),
    )
    owners = {one.interface: one.owner and one.owner.path for one in seen(*rows)[0].tunnels}
    assert owners == {"ppp1": "/usr/sbin/xl2tpd", None: None}
