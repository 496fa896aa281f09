"""The lab is what it says: every tunnel works and every device is there, shown by tools of the system."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.lab import Lab
from tests.lab.truth import TrueTunnel
from tests.netns import namespace
from tests.requires import requires_root

pytestmark = [pytest.mark.root, pytest.mark.lab]
_OWNERS = """\
for descriptor in /proc/[0-9]*/fdinfo/*; do
    name=$(sed -n 's/^iff:[[:space:]]*//p' "$descriptor" 2>/dev/null)
    process=${descriptor#/proc/}
    [ -n "$name" ] && echo "$name $(readlink "/proc/${process%%/*}/exe")"
done
true
"""
_BUILDER = """\
import time
from tests.lab import SMALL, Lab
lab = Lab(SMALL)
print(lab.gateway.pid, flush=True)
time.sleep(60)
"""


def _links(lab: Lab, netns: str | None = None) -> dict[str, dict[str, Any]]:
    said = lab.gateway.run("ip", "-d", "-j", "link", netns=netns).stdout
    shown = said.encode(errors="surrogateescape").decode(errors="backslashreplace").replace("\\x", "\\\\x")
    return {link["ifname"]: link for link in json.loads(shown)}


def _of_netns(lab: Lab, netns: str | None) -> list[TrueTunnel]:
    return [tunnel for tunnel in lab.tunnels if tunnel.namespace == netns]


def test_every_tunnel_carries_a_ping(lab: Lab) -> None:
    reached = [tunnel for tunnel in lab.tunnels if tunnel.inside]
    assert len(reached) >= 10
    for tunnel in reached:
        source = "10.8.0.1" if tunnel.key == "strongswan" else None
        assert tunnel.inside
        assert lab.reaches(tunnel.inside, netns=tunnel.namespace, source=source), tunnel.key


@pytest.mark.parametrize("netns", [None, "branch"])
def test_every_device_exists_and_is_of_its_kind(lab: Lab, netns: str | None) -> None:
    links = _links(lab, netns)
    for tunnel in _of_netns(lab, netns):
        if tunnel.interface is not None:
            kind = links[tunnel.interface]["linkinfo"]["info_kind"]
            assert kind == ("vxlan" if tunnel.technologies == ("vxlan",) else "tun"), tunnel.key
    for device in lab.not_tunnels:
        if device.namespace == netns:
            assert device.interface in links, device
            assert links[device.interface].get("linkinfo", {}).get("info_kind") != "vxlan"


def test_the_truth_names_every_device_once(lab: Lab) -> None:
    named = [tunnel.interface for tunnel in _of_netns(lab, None) if tunnel.interface]
    named += [device.interface for device in lab.not_tunnels if device.namespace is None]
    assert sorted(named) == sorted(_links(lab))


def test_every_owner_holds_its_device(lab: Lab) -> None:
    held = dict(line.split(" ", 1) for line in lab.gateway.run("sh", "-c", _OWNERS).stdout.splitlines())
    held_here = {name: path for name, path in held.items() if name != "vnet0"}
    assert held["vnet0"] == "/usr/bin/qemu-system-x86_64"
    expected = {t.interface: t.owner for t in lab.tunnels if t.owner and t.interface}
    assert held_here == expected


def test_wireguard_has_one_peer_that_answers_and_one_that_never_has(lab: Lab) -> None:
    said = lab.gateway.run("wg", "show", "wgo0", "latest-handshakes").stdout.split()
    ages = dict(zip(said[::2], map(int, said[1::2]), strict=True))
    assert 0 <= time.time() - ages[lab.public["wireguard"]] < 300
    assert ages[lab.public["wireguard standby"]] == 0


def test_strongswan_child_is_installed(lab: Lab) -> None:
    said = lab.gateway.run("swanctl", "--list-sas").stdout
    assert re.search(r"branch-bj: #\d+, ESTABLISHED, IKEv2", said)
    assert re.search(r"lan: #\d+, reqid \d+, INSTALLED, TUNNEL-in-UDP", said)


def test_openvpn_and_ssh_are_connected_over_tcp(lab: Lab) -> None:
    said = lab.gateway.run("ss", "-Htnp", "state", "established").stdout
    for tunnel in lab.tunnels:
        if tunnel.local.transports == ("tcp",) and tunnel.remotes:
            remote = tunnel.remotes[0]
            assert f"{remote.address}:{remote.port}" in said, tunnel.key


def test_policies_are_in_the_kernel_without_any_association(lab: Lab) -> None:
    assert "tmpl src 192.0.2.10 dst 203.0.113.90" in lab.gateway.run("ip", "xfrm", "policy").stdout
    assert lab.gateway.run("ip", "xfrm", "state").stdout == ""


def test_secrets_are_where_a_scan_could_stumble_on_them(lab: Lab) -> None:
    known = {name: value.decode(errors="replace") for name, value in lab.secrets.known.items()}
    shown = lab.gateway.run("wg", "showconf", "wgo0").stdout
    assert known["WireGuard private key (base64)"] in shown
    assert known["WireGuard preshared key (base64)"] in shown
    processes = lab.gateway.run("sh", "-c", "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ").stdout
    assert known["password in an argument"] in processes
    assert known["password in the environment"] in processes
    for name, path in (
        ("IPsec PSK", "/etc/swanctl/conf.d/branch-bj.conf"),
        ("OpenVPN password in a file", "/etc/openvpn/client/hq-sg.pass"),
        ("OpenVPN key passphrase", "/etc/openvpn/backup/client.askpass"),
        ("OpenVPN tls-crypt key line 0", "/etc/openvpn/client/hq-sg.conf"),
        ("OpenVPN static key line 0", "/etc/openvpn/p2p.conf"),
        ("tinc private key of gw_sha line 3", "/etc/tinc/mesh/rsa_key.priv"),
        ("SSH user key line 0", "/root/.ssh/id_ed25519"),
    ):
        assert known[name] in lab.gateway.run("cat", path).stdout, name


def test_the_gateway_is_a_small_host_of_its_own(lab: Lab) -> None:
    assert lab.gateway.run("hostname").stdout.strip() == "gw-sha-01"
    processes = [name for name in lab.gateway.run("ls", "/proc").stdout.split() if name.isdigit()]
    assert 8 <= len(processes) < 40
    assert lab.gateway.run("touch", "/usr/bin/changed", check=False).returncode != 0


@requires_root
def test_the_machines_own_namespaces_stay_out_of_sight() -> None:
    with namespace(), Lab(()) as built:
        assert "nsfs" not in built.gateway.run("cat", "/proc/self/mountinfo").stdout


def _in_pid_namespace_of(pid: int) -> set[int]:
    """Return the processes of this machine that are in the PID namespace of `pid`."""
    wanted = os.readlink(f"/proc/{pid}/ns/pid")
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "ns/pid") == wanted:
                found.add(int(entry.name))
        except OSError:
            continue
    return found


def _host_state() -> tuple[str, str]:
    links = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
    names = [line.split()[0] for line in links.splitlines()]
    return " ".join(names), Path("/etc").stat().st_mtime_ns.__repr__()


@requires_root
def test_closing_leaves_nothing_behind() -> None:
    before = _host_state()
    built = Lab()
    processes = _in_pid_namespace_of(built.gateway.pid)
    assert len(processes) >= 9
    built.close()
    assert not [pid for pid in processes if Path(f"/proc/{pid}").exists()]
    assert not built.work.exists()
    assert _host_state() == before


@requires_root
def test_a_killed_builder_leaves_no_process() -> None:
    builder = subprocess.Popen([sys.executable, "-c", _BUILDER], stdout=subprocess.PIPE, text=True)
    assert builder.stdout
    with builder.stdout as said:
        pid = int(said.readline())
        processes = _in_pid_namespace_of(pid)
        assert len(processes) >= 2
        builder.kill()
        builder.wait()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in processes) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in processes if Path(f"/proc/{pid}").exists()]
