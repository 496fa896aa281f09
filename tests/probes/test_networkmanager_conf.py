"""NetworkManager's keyfiles: VPN plug-ins, WireGuard and IP tunnels, and everything else left alone."""

from pathlib import Path

import pytest

from auditor.model.rows import Configured, NamedEnd
from probes import networkmanager_conf
from tests.probes.conf import KEY, SECRET, ask, is_denied, said, withstands, write

TOP = "/etc/NetworkManager/system-connections"
PATH = f"{TOP}/x.nmconnection"
FILE = f"""\
[connection]
id=Corp WireGuard
uuid=3f1c1d0e-0000-4000-8000-000000000001
type=wireguard
interface-name=wg9
autoconnect=false

[wireguard]
listen-port=51820
private-key={SECRET}

[wireguard-peer.{KEY}]
endpoint=203.0.113.5:51820
preshared-key={SECRET}
allowed-ips=10.1.0.0/16;fd01::/64;

[ipv4]
method=manual
"""
VPN = (
    "[connection]\nid=a\ntype=vpn\n[vpn]\nservice-type=org.freedesktop.NetworkManager.{}\n{}\n[vpn-secrets]\npassword="
    + SECRET
)


def test_wireguard_whose_sections_are_public_keys(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE})
    assert ask(tmp_path, networkmanager_conf.PROBE) == (
        [
            Configured(
                technology="wireguard",
                manager="NetworkManager",
                name="Corp WireGuard",
                source=PATH,
                device="wg9",
                role="p2p",
                local_port=51820,
                remotes=(NamedEnd("203.0.113.5", 51820, "udp", peer=KEY),),
                public_keys=(KEY,),
                prefixes=("10.1.0.0/16", "fd01::/64"),
                autostart=False,
            )
        ],
        [],
    )


@pytest.mark.parametrize(
    ("service", "data", "technology", "ends"),
    [
        (
            "openvpn",
            "remote=a.example:443:tcp, [2001:db8::1]:1194\nusername=x",
            "openvpn",
            (("a.example", 443, "tcp"), ("2001:db8::1", 1194, "udp")),
        ),
        ("openvpn", "remote=a.example\nproto-tcp=yes\nport=8443", "openvpn", (("a.example", 8443, "tcp"),)),
        ("l2tp", "gateway=203.0.113.1", "l2tp", (("203.0.113.1", 1701, "udp"),)),
        ("pptp", "gateway=203.0.113.1", "pptp", (("203.0.113.1", 1723, "tcp"),)),
        ("sstp", "gateway=s.example:8443", "sstp", (("s.example", 8443, "tcp"),)),
        ("strongswan", "address=203.0.113.1\nuser=x", "ipsec", (("203.0.113.1", None, None),)),
        ("libreswan", "right=203.0.113.1", "ipsec", (("203.0.113.1", None, None),)),
        ("vpnc", f"IPSec gateway=v.example\nIPSec secret={SECRET}", "ipsec", (("v.example", None, None),)),
        (
            "openconnect",
            "gateway=https://o.example/group\nprotocol=anyconnect",
            "openconnect",
            (("o.example", 443, "tcp"),),
        ),
        ("openconnect", "gateway=o.example\nprotocol=gp", "globalprotect", (("o.example", 443, "tcp"),)),
        ("fortisslvpn", "gateway=f.example:10443", "fortinet", (("f.example", 10443, "tcp"),)),
        ("ssh", "remote=203.0.113.1", "ssh", (("203.0.113.1", 22, "tcp"),)),
    ],
)
def test_every_plug_in(
    tmp_path: Path, service: str, data: str, technology: str, ends: tuple[tuple[str, int, str], ...]
) -> None:
    write(tmp_path, {PATH: VPN.format(service, data)})
    (row,), gaps = ask(tmp_path, networkmanager_conf.PROBE)
    assert (row.technology, row.role, row.remotes) == (technology, "client", tuple(NamedEnd(*end) for end in ends))
    assert (row.device, row.autostart, gaps) == (None, True, [])


@pytest.mark.parametrize(
    ("kind", "section", "technology", "end"),
    [
        ("ip-tunnel", "[ip-tunnel]\nmode=2\nremote=203.0.113.1\nlocal=192.0.2.1", "gre", ("203.0.113.1", None, "gre")),
        ("ip-tunnel", "[ip-tunnel]\nmode=9\nremote=2001:db8::1", "vti", ("2001:db8::1", None, "esp")),
        ("vxlan", "[vxlan]\nid=7\nremote=203.0.113.1", "vxlan", ("203.0.113.1", 4789, "udp")),
        ("macsec", f"[macsec]\nparent=eth0\nmka-cak={SECRET}", "macsec", None),
    ],
)
def test_tunnels_of_the_kernel(
    tmp_path: Path, kind: str, section: str, technology: str, end: tuple[str, int, str] | None
) -> None:
    write(tmp_path, {PATH: f"[connection]\nid=a\ntype={kind}\ninterface-name=t0\n{section}\n"})
    (row,), gaps = ask(tmp_path, networkmanager_conf.PROBE)
    assert (row.technology, row.device, row.remotes) == (technology, "t0", (NamedEnd(*end),) if end else ())
    assert gaps == []


@pytest.mark.parametrize(
    "kind", ["ethernet", "802-3-ethernet", "wifi", "gsm", "pppoe", "bridge", "tun", "vlan", "loopback"]
)
def test_other_connections_are_no_tunnels(tmp_path: Path, kind: str) -> None:
    write(tmp_path, {PATH: f"[connection]\nid=a\ntype={kind}\n[wifi-security]\npsk={SECRET}\n"})
    assert ask(tmp_path, networkmanager_conf.PROBE) == ([], [])


def test_of_files_of_one_name_the_first_place_counts(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE, PATH.replace("/etc", "/run"): FILE.replace("wg9", "wg8")})
    assert [row.device for row in ask(tmp_path, networkmanager_conf.PROBE)[0]] == ["wg9"]


def test_what_is_not_understood_is_a_gap_with_its_line(tmp_path: Path) -> None:
    for content, detail in (
        (VPN.format("unheard-of", ""), "line 4: a VPN plug-in that is not known"),
        (
            VPN.format("l2tp", f"gateway={SECRET}/{SECRET} {SECRET}@"),
            "line 4: a far end that has not the form of a host",
        ),
        ("[connection]\ntype=ip-tunnel\n[ip-tunnel]\nmode=99\n", "line 3: a mode or remote end of unknown form"),
        (FILE.replace(KEY, SECRET), "line 12: a peer whose key or endpoint has not the form of one"),
    ):
        write(tmp_path, {PATH: content})
        assert said(ask(tmp_path, networkmanager_conf.PROBE)[1]) == [(PATH, detail)]


def test_what_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE})
    assert is_denied(tmp_path, networkmanager_conf.PROBE, PATH).source == PATH
    assert is_denied(tmp_path, networkmanager_conf.PROBE, TOP).source == TOP


def test_hostile_files_raise_nothing(tmp_path: Path) -> None:
    assert withstands(tmp_path, networkmanager_conf.PROBE, PATH, FILE) > 20
