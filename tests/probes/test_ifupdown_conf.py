"""ifupdown's stanzas and the commands in them, also in the words of its successors."""

from pathlib import Path

import pytest

from auditor.model.rows import Configured, NamedEnd
from probes import ifupdown_conf
from tests.probes.conf import SECRET, ask, is_denied, said, withstands, write

PATH = "/etc/network/interfaces"
FILE = f"""\
auto lo gre1
iface lo inet loopback
allow-hotplug eth0
iface eth0 inet dhcp
    wpa-psk {SECRET}
iface gre1 inet tunnel
    mode gre
    endpoint 203.0.113.1
    local 192.0.2.1
    # pre-up ip link add x type gre remote 10.0.0.1
iface dsl inet ppp
    provider dsl
"""


def test_a_tunnel_and_what_is_none(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE})
    assert ask(tmp_path, ifupdown_conf.PROBE) == (
        [
            Configured(
                technology="gre",
                manager="ifupdown",
                name="gre1",
                source=PATH,
                device="gre1",
                role="p2p",
                local="192.0.2.1",
                remotes=(NamedEnd("203.0.113.1", None, "gre"),),
                autostart=True,
            )
        ],
        [],
    )


@pytest.mark.parametrize(
    ("lines", "technology", "device", "end"),
    [
        ("iface he inet6 v4tunnel\n endpoint 203.0.113.2\n", "sit", "he", ("203.0.113.2", None, "sit")),
        ("iface six inet6 6to4\n local 192.0.2.1\n", "sit", "six", None),
        (
            "iface a inet static\n tunnel-mode ip6gre\n tunnel-endpoint 2001:db8::1\n",
            "ip6gre",
            "a",
            ("2001:db8::1", None, "gre"),
        ),
        ("iface v\n vxlan-id 7\n vxlan-remoteip 203.0.113.3\n", "vxlan", "v", ("203.0.113.3", 4789, "udp")),
        ("iface w inet static\n use wireguard\n", "wireguard", "w", None),
        (
            "iface m inet manual\n pre-up ip -6 tunnel add $IFACE mode ip6ip6 remote 2001:db8::2 \\\n local any\n",
            "ip6tnl",
            "m",
            ("2001:db8::2", None, "ip6tnl"),
        ),
        (
            "iface br0 inet manual\n up /sbin/ip link add name vx7 type vxlan id 7 dstport 99 remote 203.0.113.4\n",
            "vxlan",
            "vx7",
            ("203.0.113.4", 99, "udp"),
        ),
        (
            f"iface w inet manual\n pre-up ip link add dev wg5 type wireguard\n up wg set wg5 x {SECRET}\n",
            "wireguard",
            "wg5",
            None,
        ),
    ],
)
def test_every_way_to_write_one(
    tmp_path: Path, lines: str, technology: str, device: str, end: tuple[str, int, str] | None
) -> None:
    write(tmp_path, {PATH: lines})
    (row,), gaps = ask(tmp_path, ifupdown_conf.PROBE)
    assert (row.technology, row.device, row.remotes) == (technology, device, (NamedEnd(*end),) if end else ())
    assert gaps == []


def test_other_commands_and_devices_are_no_tunnels(tmp_path: Path) -> None:
    commands = (
        "ip link add br0 type bridge",
        "ip route add 10.0.0.0/8 dev eth0",
        "ip link del vx0",
        "brctl x",
        "ip 'link",
    )
    write(tmp_path, {PATH: "iface a inet manual\n" + "".join(f"  up {command}\n" for command in commands)})
    assert ask(tmp_path, ifupdown_conf.PROBE) == ([], [])


def test_included_files_are_read(tmp_path: Path) -> None:
    tunnel = "iface {} inet tunnel\n mode ipip\n endpoint 203.0.113.5\n"
    write(
        tmp_path,
        {
            PATH: "source interfaces.d/*\nsource-directory /etc/more\nauto t1\n",
            "/etc/network/interfaces.d/t1": tunnel.format("t1"),
            "/etc/more/t2": tunnel.format("t2"),
            "/etc/more/t3.bak": tunnel.format("t3"),
        },
    )
    rows, gaps = ask(tmp_path, ifupdown_conf.PROBE)
    assert [(row.device, row.source, row.autostart) for row in rows] == [
        ("t1", "/etc/network/interfaces.d/t1", True),
        ("t2", "/etc/more/t2", False),
    ]
    assert gaps == []


def test_what_is_not_understood_is_a_gap_with_its_line(tmp_path: Path) -> None:
    content = f"iface\niface a inet tunnel\n mode {SECRET}\niface b inet tunnel\n mode gre\n endpoint {SECRET}/\n"
    content += "source interfaces\n"
    write(tmp_path, {PATH: content})
    assert set(said(ask(tmp_path, ifupdown_conf.PROBE)[1])) == {
        (PATH, "line 1: iface without a name"),
        (PATH, "line 2: a tunnel of unknown mode"),
        (PATH, "line 4: a far end that has not the form of a host"),
        (PATH, "the file includes itself"),
    }


def test_what_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE})
    assert is_denied(tmp_path, ifupdown_conf.PROBE, PATH).source == PATH


def test_hostile_files_raise_nothing(tmp_path: Path) -> None:
    content = FILE + "iface m inet manual\n pre-up ip tunnel add $IFACE mode gre remote 203.0.113.1\n"
    withstands(tmp_path, ifupdown_conf.PROBE, PATH, content)
