"""ocserv and the devices of its people: one tunnel, the same one while nobody is connected; a site is told apart."""

from auditor.model.rows import DaemonInstance, Link, Process, Route, Row
from auditor.model.tunnel import Family, Realisation, Role, Tunnel
from tests.auditor.correlate.rows import process, run, seen, tcp, tun

MAIN = process(50, "/usr/sbin/ocserv", sockets=(900,))
LISTENER = tcp(900, ("0.0.0.0", 443), None, "LISTEN")
HOMES = ("198.51.100.77", "198.51.100.78")
CONFIG = DaemonInstance(
    *(50, "openconnect", "server", None, 443, (), None, None, "/etc/ocserv/ocserv.conf", True), transport="tcp"
)


def worker(number: int) -> Process:
    found = process(60 + number, "/usr/sbin/ocserv-worker", f"vpns{number}", sockets=(910 + number,))
    return found._replace(ppid=MAIN.pid)


def gateway(*numbers: int, routes: tuple[Route, ...] = (), configured: bool = True) -> tuple[list[Tunnel], list[str]]:
    links: list[Link] = [tun(10 + number, f"vpns{number}") for number in numbers]
    sockets: list[Row] = [tcp(910 + n, ("192.0.2.1", 443), (HOMES[n], 50000)) for n in numbers]
    instances = [CONFIG._replace(pid=60 + number, device=f"vpns{number}") for number in numbers]
    inventory, gaps = seen(
        run("links", *links),
        run("processes", MAIN, *(worker(number) for number in numbers)),
        run("sockets", LISTENER, *sockets),
        run("instances", *((CONFIG, *instances) if configured else ())),
        run("routes", *(Route(f"10.71.0.{number + 2}/32", 254, 10 + number) for number in numbers), *routes),
    )
    assert gaps == ()
    return list(inventory.tunnels), [device.interface for device in inventory.not_tunnels]


def test_two_people_are_one_tunnel_that_tells_neither() -> None:
    for configured in (True, False):
        (tunnel,), devices = gateway(0, 1, configured=configured)
        assert devices == ["vpns0", "vpns1"]
        assert (tunnel.interface, tunnel.peers_count, tunnel.remotes, tunnel.routes) == (None, 2, (), ())
        assert (tunnel.family, tunnel.realisation, tunnel.role) == (
            *(Family.REMOTE_ACCESS, Realisation.VPN_SERVER, Role.SERVER),
        )
        assert tunnel.owner is not None
        assert (tunnel.owner.path, tunnel.local.port, tunnel.local.address) == ("/usr/sbin/ocserv", 443, None)
        assert not [home for home in HOMES if home in repr(tunnel)]


def test_its_id_stays_whoever_is_connected() -> None:
    (one,), _ = gateway(1)
    (both,), _ = gateway(0, 1)
    assert one.id == both.id


def test_a_network_behind_a_device_is_a_site_and_no_person() -> None:
    tunnels, devices = gateway(0, 1, routes=(Route("10.9.0.0/16", 254, 11),))
    site = next(tunnel for tunnel in tunnels if tunnel.interface == "vpns1")
    assert [remote.endpoint.address for remote in site.remotes] == [HOMES[1]]
    assert (site.family, site.role, devices) == (Family.NETWORK_TUNNEL, Role.SERVER, ["vpns0"])
    assert HOMES[0] not in repr(tunnels)


def test_before_routes_are_read_each_device_stands_so_that_they_are() -> None:
    inventory, _ = seen(
        run("links", tun(10, "vpns0")),
        run("processes", MAIN, worker(0)),
        run("sockets", LISTENER, tcp(910, ("192.0.2.1", 443), (HOMES[0], 50000))),
    )
    (tunnel,) = inventory.tunnels
    assert (tunnel.interface, tunnel.family, tunnel.remotes) == ("vpns0", Family.REMOTE_ACCESS, ())
    assert HOMES[0] not in repr(inventory)


def test_a_worker_without_its_server_keeps_its_device() -> None:
    inventory, _ = seen(
        run("links", tun(10, "vpns0")),
        run("processes", worker(0)),
        run("sockets", tcp(910, ("192.0.2.1", 443), (HOMES[0], 50000))),
        run("routes"),
    )
    (tunnel,) = inventory.tunnels
    assert tunnel.interface == "vpns0"
    assert HOMES[0] not in repr(inventory)
