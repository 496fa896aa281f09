"""systemd-networkd's .netdev files, in the forms of systemd.netdev(5), with drop-ins and files that hide others."""

from pathlib import Path

import pytest

from auditor.model.rows import Configured, NamedEnd
from probes import networkd_conf
from tests.probes.conf import KEY, SECRET, ask, is_denied, said, withstands, write

TOP = "/etc/systemd/network"
PATH = f"{TOP}/25-wg0.netdev"
FILE = f"""\
[Match]
Host=gw
[NetDev]
Name=wg0
Kind=wireguard
Description={SECRET}

[WireGuard]
# a comment that ends so \\
PrivateKey={SECRET}
ListenPort=51820

[WireGuardPeer]
PublicKey={KEY}
PresharedKey= \\
  {SECRET}
AllowedIPs=10.1.0.0/16, \\
  10.2.0.0/16
Endpoint=wg.example:51820
"""


def test_wireguard_with_its_peers(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE})
    assert ask(tmp_path, networkd_conf.PROBE) == (
        [
            Configured(
                technology="wireguard",
                manager="networkd",
                name="wg0",
                source=PATH,
                device="wg0",
                role="p2p",
                local_port=51820,
                remotes=(NamedEnd("wg.example", 51820, "udp", peer=KEY),),
                public_keys=(KEY,),
                prefixes=("10.1.0.0/16", "10.2.0.0/16"),
                autostart=True,
            )
        ],
        [],
    )


@pytest.mark.parametrize(
    ("kind", "section", "technology", "end"),
    [
        ("gre", "[Tunnel]\nLocal=10.65.223.238\nRemote=10.65.223.239", "gre", NamedEnd("10.65.223.239", None, "gre")),
        (
            "ipip",
            "[Tunnel]\nRemote=10.0.0.2\nFooOverUDP=yes\nFOUDestinationPort=5555",
            "ipip",
            NamedEnd("10.0.0.2", 5555, "udp"),
        ),
        ("vti6", "[Tunnel]\nLocal=2a00::1\nRemote=2001:db8::2", "vti", NamedEnd("2001:db8::2", None, "esp")),
        ("ip6tnl", "[Tunnel]\nMode=ip6ip6\nRemote=any", "ip6tnl", None),
        ("sit", "[Tunnel]\nLocal=10.65.223.238\nIPv6RapidDeploymentPrefix=2602::/24", "sit", None),
        ("vxlan", "[VXLAN]\nVNI=7\nRemote=10.0.0.2", "vxlan", NamedEnd("10.0.0.2", 4789, "udp")),
        ("geneve", "[GENEVE]\nId=7\nRemote=10.0.0.2\nDestinationPort=99", "geneve", NamedEnd("10.0.0.2", 99, "udp")),
        ("xfrm", "[Xfrm]\nInterfaceId=7", "xfrm", None),
        ("macsec", f"[MACsec]\nPort=1\n[MACsecTransmitAssociation]\nKey={SECRET}", "macsec", None),
    ],
)
def test_every_kind_of_tunnel(tmp_path: Path, kind: str, section: str, technology: str, end: NamedEnd | None) -> None:
    write(tmp_path, {f"{TOP}/1.netdev": f"[NetDev]\nName=x0\nKind={kind}\n\n{section}\n"})
    (row,), gaps = ask(tmp_path, networkd_conf.PROBE)
    assert (row.technology, row.device, row.remotes) == (technology, "x0", (end,) if end else ())
    assert gaps == []


def test_l2tp_has_no_device_of_the_name_and_bridges_are_no_tunnels(tmp_path: Path) -> None:
    l2tp = "[NetDev]\nName=l2tp1\nKind=l2tp\n[L2TP]\nLocal=auto\nRemote=10.0.0.3\n[L2TPSession]\nName=s1\n"
    write(tmp_path, {f"{TOP}/1.netdev": l2tp})
    write(
        tmp_path,
        {f"{TOP}/{kind}.netdev": f"[NetDev]\nName=a\nKind={kind}\n" for kind in ("bridge", "vlan", "tun", "fou")},
    )
    (row,), gaps = ask(tmp_path, networkd_conf.PROBE)
    assert (row.technology, row.device, row.remotes) == ("l2tp", None, (NamedEnd("10.0.0.3", None, "udp"),))
    assert gaps == []


def test_places_hide_each_other_and_drop_ins_add(tmp_path: Path) -> None:
    gre = "[NetDev]\nName=gre1\nKind=gre\n[Tunnel]\nRemote={}\n"
    write(
        tmp_path,
        {
            "/usr/lib/systemd/network/a.netdev": gre.format("10.0.0.1"),
            "/run/systemd/network/a.netdev": gre.format("10.0.0.2"),
            "/run/systemd/network/b.netdev": gre.format("10.0.0.3"),
            "/etc/systemd/network/a.netdev.d/x.conf": "[Tunnel]\nLocal=192.0.2.1\n",
            "/usr/lib/systemd/network/a.netdev.d/x.conf": "[Tunnel]\nLocal=192.0.2.2\n",
        },
    )
    (tmp_path / "etc/systemd/network/b.netdev").symlink_to("/dev/null")
    (row,), gaps = ask(tmp_path, networkd_conf.PROBE)
    assert (row.source, row.local, row.remotes[0].host) == ("/run/systemd/network/a.netdev", "192.0.2.1", "10.0.0.2")
    assert gaps == []


def test_what_is_not_understood_is_a_gap_with_its_line(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            PATH: f"[NetDev]\nName=x\nKind=gre\n[Tunnel]\nRemote={SECRET}\n"
            f"[WireGuardPeer]\nEndpoint={SECRET}\n{SECRET}\n"
        },
    )
    assert said(ask(tmp_path, networkd_conf.PROBE)[1]) == [
        (PATH, "line 8: neither a section nor a key with its value"),
        (PATH, "line 4: a remote end that is no address"),
        (PATH, "line 6: a peer whose key or endpoint has not the form of one"),
    ]


def test_what_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE})
    assert is_denied(tmp_path, networkd_conf.PROBE, PATH).source == PATH


def test_hostile_files_raise_nothing(tmp_path: Path) -> None:
    assert withstands(tmp_path, networkd_conf.PROBE, PATH, FILE) > 20
