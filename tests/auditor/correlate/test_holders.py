"""Who holds a TUN/TAP device: one that clears a device must be the only one that can be meant."""

from auditor.model.rows import Outer, Process, WireGuardDevice, WireGuardPeer
from auditor.model.tunnel import Certainty, State
from tests.auditor.correlate.rows import BRANCH, HOST, link, only_device, only_tunnel, process, run, seen, tun, udp

OPENVPN, SLIRP, QEMU = "/usr/sbin/openvpn", "/usr/bin/slirp4netns", "/usr/bin/qemu-system-x86_64"


def tap(index: int, name: str) -> object:
    return link(index, name, "tun", outer=Outer(encapsulation="tap"))


def test_a_rootless_container_does_not_clear_the_hosts_own_tap0() -> None:
    """slirp4netns stays in the host's namespace and holds the container's device, which is always called tap0."""
    inventory, _ = seen(
        run("links", tap(5, "tap0")),
        run("links", tap(2, "tap0"), scope=BRANCH),
        run("processes", process(40, SLIRP, "tap0")._replace(held_netns=((200, 7),)), process(50, OPENVPN, "tap0")),
    )
    (tunnel,) = inventory.tunnels
    assert (tunnel.scope, tunnel.technology, tunnel.owner and tunnel.owner.pid) == (HOST, "openvpn", 50)
    assert [found.scope for found in inventory.not_tunnels] == [BRANCH]


def test_a_container_device_called_like_the_uplink_is_still_its_programs() -> None:
    """pasta calls the container's device like the host's uplink, and stays in the host's namespace."""
    inventory, gaps = seen(
        run("links", link(2, "eth0", None)),
        run("links", tap(2, "eth0"), scope=BRANCH),
        run("processes", process(40, "/usr/bin/pasta", "eth0")),
    )
    assert (inventory.tunnels, gaps) == ((), ())


def test_one_plumbing_holder_beside_another_clears_nothing() -> None:
    tunnel = only_tunnel(
        run("links", tap(5, "tap7")), run("processes", process(40, QEMU, "tap7"), process(50, "/opt/vpn", "tap7"))
    )
    assert tunnel.technology == "tap"


def test_a_holder_elsewhere_that_may_be_meant_clears_nothing() -> None:
    inventory, _ = seen(
        run("links", tap(5, "tap7")),
        run("links", scope=BRANCH),
        run("processes", process(40, QEMU, "tap7"), process(50, OPENVPN, "tap7", netns=200)),
    )
    assert len(inventory.tunnels) == 1


def test_a_program_of_a_container_at_that_path_clears_nothing() -> None:
    """The link of the executable names the file as the container's file system does."""
    for seen_here in (False, None):
        inside = process(40, QEMU, "vnet0")._replace(exe_here=seen_here)
        assert only_tunnel(run("links", tap(5, "vnet0")), run("processes", inside)).technology == "tap"


def test_a_tun_is_no_port_of_a_machine_whoever_holds_it() -> None:
    assert only_tunnel(run("links", tun(5, "tun0")), run("processes", process(40, QEMU, "tun0"))).technology == "tun"


def test_a_tun_dressed_up_as_ppp_stays_a_tun() -> None:
    dressed = link(5, "ppp0", "tun", arphrd=512)
    assert only_tunnel(run("links", dressed), run("processes", process(50, OPENVPN, "ppp0"))).technology == "openvpn"


def test_a_modem_is_a_port_and_a_device_of_no_hardware_is_a_tun() -> None:
    modem = link(5, "wwan0", None, arphrd=65534, hardware="2-1:1.4")
    assert "network port" in only_device(run("links", modem)).reason.en
    assert only_tunnel(run("links", modem._replace(hardware=None))).technology == "tun"


def test_a_program_does_not_speak_for_the_kernels_wireguard_of_another_namespace() -> None:
    def device(pid: int | None, endpoint: str) -> WireGuardDevice:
        peer = WireGuardPeer(public_key="k" * 43 + "=", endpoint=endpoint, endpoint_port=51820)
        return WireGuardDevice("wg0", None, 51820, (peer,), "uapi" if pid else "netlink", pid)

    daemon: Process = process(40, "/usr/bin/wireguard-go", "wg0", netns=300)
    tunnel = only_tunnel(
        run("links", link(5, "wg0", "wireguard", arphrd=65534)),
        run("wireguard", device(None, "203.0.113.1")),
        run("processes", daemon),
        run("wireguard_uapi", device(40, "203.0.113.99")),
    )
    assert [remote.endpoint.address for remote in tunnel.remotes] == ["203.0.113.1"]
    assert tunnel.state is State.DOWN


def test_the_best_known_holder_owns_the_device_and_the_others_are_named() -> None:
    tunnel = only_tunnel(
        run("links", tun(5, "tun0")),
        run(
            "processes",
            process(30, "/opt/x/launcher", "tun0"),
            process(40, "/opt/x/netbird", "tun0"),
            process(50, "/usr/sbin/openvpn", "tun0"),
            process(60, "/usr/sbin/openvpn", "tun0"),
        ),
    )
    assert (tunnel.technology, tunnel.owner and tunnel.owner.pid, tunnel.certainty) == ("openvpn", 50, Certainty.HIGH)
    assert [text.en.rpartition(": ")[2] for text in tunnel.contradictions] == [
        "/opt/x/launcher (PID 30)",
        "/opt/x/netbird (PID 40)",
    ]


def test_a_program_that_carries_tunnels_comes_before_one_that_controls_them() -> None:
    tunnel = only_tunnel(
        run("links", tun(5, "tun0")),
        run("processes", process(30, "/usr/bin/tailscale", "tun0"), process(40, "/usr/sbin/tailscaled", "tun0")),
    )
    assert (tunnel.technology, tunnel.owner and tunnel.owner.pid) == ("tailscale", 40)
    assert tunnel.contradictions == ()


def test_a_usual_port_supports_a_name_and_names_nothing() -> None:
    def certainty(exe: str, port: int) -> tuple[str, Certainty]:
        holder = process(40, exe, "zt0", sockets=(7,))
        tunnel = only_tunnel(
            run("links", tun(5, "zt0")), run("processes", holder), run("sockets", udp(7, ("0.0.0.0", port)))
        )
        return tunnel.technology, tunnel.certainty

    assert certainty("/opt/x/zerotier-one", 9993) == ("zerotier", Certainty.HIGH)
    assert certainty("/opt/x/zerotier-one", 9994) == ("zerotier", Certainty.MEDIUM)
    assert certainty("/opt/x/agent", 9993) == ("tun", Certainty.HIGH)


def test_package_and_unit_name_a_program_of_any_name() -> None:
    for more, found in (
        ({"packaged_by": "tailscale"}, ("tailscale", Certainty.HIGH)),
        ({"unit": "tailscaled.service"}, ("tailscale", Certainty.LOW)),
        ({"packaged_by": "coreutils", "unit": "ssh.service"}, ("tun", Certainty.HIGH)),
        ({"comm": "tailscaled"}, ("tun", Certainty.HIGH)),
    ):
        holder = process(40, "/opt/x/agent", "tun0")._replace(**more)
        tunnel = only_tunnel(run("links", tun(5, "tun0")), run("processes", holder))
        assert (tunnel.technology, tunnel.certainty) == found, more
        assert tunnel.owner is not None
        assert tunnel.owner.path == "/opt/x/agent"
