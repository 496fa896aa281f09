"""What a SoftEther server opens to other servers stands beside its own device."""

from auditor.model.rows import DaemonInstance, NamedEnd, Row, Socket
from auditor.model.tunnel import Family, Inventory, Realisation, Role, State
from tests.auditor.correlate.rows import process, run, seen, tcp, tun

SERVER = "/usr/libexec/softether/vpnserver/vpnserver"
DNS = Socket("udp", "ESTABLISHED", "192.0.2.1", 40053, "192.0.2.53", 53, 990)
HOME, FAR = "198.51.100.77", "203.0.113.86"


def instance(role: str, *remotes: NamedEnd, device: str | None = None) -> DaemonInstance:
    people = role == "server"
    return DaemonInstance(
        *(50, "softether", role, None, 5555 if people else None, remotes, device, None, "/etc/s.config", people),
        transport="tcp",
        complete=True,
    )


def gateway(*more: Row, host: str = FAR, device: str | None = "tap_office", config: bool = True) -> Inventory:
    devices = (device,) if device else ()
    rows = (instance("server", device=device), instance("client", NamedEnd(host, 5555, "tcp")))
    inventory, _ = seen(
        run("links", *(tun(4, name) for name in devices)),
        run("processes", process(50, SERVER, *devices, sockets=(900, 901, 902, 903, 990))),
        run(
            "sockets",
            tcp(900, ("0.0.0.0", 5555), None, "LISTEN"),
            tcp(901, ("192.0.2.1", 5555), (HOME, 50000)),
            DNS,
            *more,
        ),
        run("instances", *(rows if config else ())),
    )
    return inventory


def test_a_cascade_is_a_tunnel_of_its_own() -> None:
    connections = (tcp(number, ("192.0.2.1", 40000 + number), (FAR, 5555)) for number in (902, 903))
    inventory = gateway(*connections)
    server, cascade = inventory.tunnels
    assert (server.interface, server.role, server.remotes) == ("tap_office", Role.SERVER, ())
    assert (cascade.interface, cascade.role, cascade.state) == (None, Role.CLIENT, State.UP)
    assert [(remote.endpoint.address, remote.endpoint.port) for remote in cascade.remotes] == [(FAR, 5555)]
    assert cascade.realisation is Realisation.SOFTWARE_VPN
    assert HOME not in repr(inventory)


def test_a_cascade_without_connection_is_stale_and_keeps_its_id() -> None:
    up = gateway(tcp(902, ("192.0.2.1", 40902), (FAR, 5555))).tunnels[1]
    down = gateway().tunnels[1]
    assert (down.id, down.state) == (up.id, State.STALE)
    assert [(one.endpoint.address, one.configured_only) for one in down.remotes] == [(FAR, True)]


def test_a_cascade_to_a_name_takes_the_address_that_is_connected() -> None:
    cascade = gateway(tcp(902, ("192.0.2.1", 40902), (FAR, 5555)), host="hk.example").tunnels[1]
    assert [one.endpoint.address for one in cascade.remotes] == [FAR]
    assert [one.endpoint.name for one in gateway(host="hk.example").tunnels[1].remotes] == ["hk.example"]


def test_a_server_without_a_device_and_its_cascade_are_told_once_each() -> None:
    server, cascade = gateway(device=None).tunnels
    assert (server.interface, server.family, server.remotes) == (None, Family.REMOTE_ACCESS, ())
    assert (cascade.role, [one.endpoint.address for one in cascade.remotes]) == (Role.CLIENT, [FAR])


def test_without_configuration_no_cascade_is_known() -> None:
    assert [tunnel.interface for tunnel in gateway(config=False).tunnels] == ["tap_office"]


def test_people_of_a_hub_without_a_bridge_are_a_server_beside_the_bridge_of_another() -> None:
    inventory, _ = seen(
        run("links", tun(4, "tap_site")),
        run("processes", process(50, SERVER, "tap_site", sockets=(899, 900, 901, 902))),
        run(
            "sockets",
            tcp(899, ("0.0.0.0", 992), None, "LISTEN"),
            tcp(900, ("0.0.0.0", 5555), None, "LISTEN"),
            tcp(901, ("192.0.2.1", 5555), (HOME, 50000)),
            tcp(902, ("192.0.2.1", 40902), (FAR, 5555)),
        ),
        run("instances", instance("client", NamedEnd(FAR, 5555, "tcp"), device="tap_site"), instance("server")),
    )
    site, server = inventory.tunnels
    assert (site.interface, [one.endpoint.address for one in site.remotes]) == ("tap_site", [FAR])
    assert (server.interface, server.family, server.role) == (None, Family.REMOTE_ACCESS, Role.SERVER)
    assert (server.state, server.local.port, server.remotes, server.peers_count) == (State.UP, 5555, (), None)
    assert HOME not in repr(inventory)


def test_without_any_socket_seen_nothing_is_known_of_its_state() -> None:
    inventory, _ = seen(
        run("links", tun(4, "tap_site")),
        run("processes", process(50, SERVER, "tap_site", sockets=(900,))),
        run("instances", instance("server", device="tap_site"), instance("client", NamedEnd(FAR, 5555, "tcp"))),
    )
    assert [tunnel.state for tunnel in inventory.tunnels if tunnel.interface is None] == [State.UNKNOWN]


def test_a_bridge_beside_a_server_on_one_host_are_two() -> None:
    server, bridge = SERVER, "/usr/libexec/softether/vpnbridge/vpnbridge"
    inventory, _ = seen(
        run("links", tun(4, "tap_office"), tun(5, "tap_depot")),
        run(
            "processes",
            process(50, server, "tap_office", sockets=(900, 901)),
            process(60, bridge, "tap_depot", sockets=(910, 911)),
        ),
        run(
            "sockets",
            tcp(900, ("0.0.0.0", 992), None, "LISTEN"),
            tcp(901, ("192.0.2.1", 5555), (HOME, 50000)),
            tcp(910, ("0.0.0.0", 5555), None, "LISTEN"),
            tcp(911, ("192.0.2.1", 40911), (FAR, 5555)),
        ),
        run("instances", instance("server", device="tap_office")),
        run("routes"),
    )
    assert [tunnel.interface for tunnel in inventory.tunnels] == ["tap_office", "tap_depot"]
