"""xl2tpd's file and pppd's peers: PPTP, SSTP and L2TP told apart from broadband and modems."""

from pathlib import Path

import pytest

from auditor.model.rows import Configured, NamedEnd
from probes import ppp_conf
from tests.probes.conf import SECRET, ask, is_denied, said, withstands, write

XL2TPD, PEER = "/etc/xl2tpd/xl2tpd.conf", "/etc/ppp/peers/hq"
FILE = f"""\
[global]
; listen-addr = 192.0.2.9
listen-addr = 192.0.2.10 ; ours
auth file = /etc/xl2tpd/l2tp-secrets
[lac hq]
lns = 203.0.113.1
lns = lns.example:1702
name = {SECRET}
autodial = yes
[lac default]
lns = 203.0.113.8
[lns default]
ip range = 10.0.0.2-10.0.0.9
"""
COMMON = f'user "{SECRET}"\npassword {SECRET}\nremotename {SECRET}\n# pty "pptp 1.2.3.4"\nnoauth\n'


def test_xl2tpd_dials_and_waits(tmp_path: Path) -> None:
    write(tmp_path, {XL2TPD: FILE})
    ours = {"technology": "l2tp", "manager": "xl2tpd", "source": XL2TPD, "local": "192.0.2.10", "local_port": 1701}
    ends = (NamedEnd("203.0.113.1", 1701, "udp"), NamedEnd("lns.example", 1702, "udp"))
    assert ask(tmp_path, ppp_conf.PROBE) == (
        [
            Configured(name="hq", role="client", remotes=ends, autostart=True, **ours),  # type: ignore[arg-type]
            Configured(name="default", role="server", people=True, **ours),  # type: ignore[arg-type]
        ],
        [],
    )


def test_a_pptp_server_waits_where_its_file_gives_addresses(tmp_path: Path) -> None:
    write(tmp_path, {"/etc/pptpd.conf": "option /etc/ppp/pptpd-options\n#localip 10.0.0.1\nlogwtmp\n"})
    assert ask(tmp_path, ppp_conf.PROBE) == ([], [])
    write(tmp_path, {"/etc/pptpd.conf": "listen 192.0.2.1\nlocalip 10.0.0.1\n"})
    (row,), gaps = ask(tmp_path, ppp_conf.PROBE)
    assert (row.technology, row.role, row.local, row.local_port, gaps) == ("pptp", "server", "192.0.2.1", 1723, [])
    assert row.people


@pytest.mark.parametrize(
    ("options", "technology", "host", "device"),
    [
        ('pty "pptp vpn.example --nolaunchpppd"\nunit 3\n', "pptp", "vpn.example", "ppp3"),
        (f"pty '/usr/sbin/pptp --phone {SECRET} 203.0.113.1 --nolaunchpppd'\n", "pptp", "203.0.113.1", None),
        ("pty 'sudo /usr/sbin/pptp --nolaunchpppd 203.0.113.1'\nifname office\n", "pptp", "203.0.113.1", "office"),
        ("plugin pptp.so\npptp_server 203.0.113.2\n", "pptp", "203.0.113.2", None),
        ("pptp_server vpn.example\nplugin /usr/lib/pppd/2.4.9/pptp.so\n", "pptp", "vpn.example", None),
        (f'pty "sstpc --user x --password {SECRET} --nolaunchpppd vpn.example"\n', "sstp", "vpn.example", None),
        (f'pty "sstpc --password {SECRET}"\nplugin sstp-pppd-plugin.so\n', "sstp", None, None),
        ("plugin pppol2tp.so\n", "l2tp", None, None),
        (f'pty "ssh -t gw@198.51.100.1 {SECRET}"\n', "ssh", None, None),
        (f'pty "/opt/strange {SECRET}"\n', "ppp", None, None),
    ],
)
def test_what_carries_a_peer_is_told(
    tmp_path: Path, options: str, technology: str, host: str | None, device: str | None
) -> None:
    write(tmp_path, {PEER: COMMON + options})
    (row,), gaps = ask(tmp_path, ppp_conf.PROBE)
    assert (row.technology, row.remotes[0].host if row.remotes else None, row.device) == (technology, host, device)
    assert (row.manager, row.name, row.role, row.source) == ("pppd", "hq", "client", PEER)
    assert gaps == []


@pytest.mark.parametrize(
    "options",
    [
        "plugin rp-pppoe.so eth0\n",
        'pty "/usr/sbin/pppoe -I eth0 -T 80 -m 1452"\n',
        f'/dev/ttyUSB0\nconnect "/usr/sbin/chat -v {SECRET}"\n',
        "plugin pppoatm.so 8.35\n",
    ],
)
def test_broadband_and_modems_are_no_tunnels(tmp_path: Path, options: str) -> None:
    write(tmp_path, {PEER: COMMON + options, f"{PEER}~": "plugin pptp.so\n"})
    assert ask(tmp_path, ppp_conf.PROBE) == ([], [])


def test_what_is_not_understood_is_a_gap_with_its_line(tmp_path: Path) -> None:
    write(
        tmp_path, {PEER: f'noauth\npty "pptp {SECRET}\n', XL2TPD: f"[lac x]\nlns = {SECRET}:{SECRET}\nodd {SECRET}\n"}
    )
    assert sorted(said(ask(tmp_path, ppp_conf.PROBE)[1])) == [
        (PEER, "line 2: a quote without its end"),
        (XL2TPD, "line 1: a server that has not the form of a host"),
        (XL2TPD, "line 3: neither a section nor a key with its value"),
    ]


def test_what_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {PEER: COMMON, XL2TPD: FILE})
    assert is_denied(tmp_path, ppp_conf.PROBE, PEER).source == PEER
    assert is_denied(tmp_path, ppp_conf.PROBE, XL2TPD).source == XL2TPD


def test_hostile_files_raise_nothing(tmp_path: Path) -> None:
    assert withstands(tmp_path, ppp_conf.PROBE, XL2TPD, FILE) > 10
    assert withstands(tmp_path, ppp_conf.PROBE, PEER, COMMON + 'pty "pptp vpn.example --nolaunchpppd"\n') > 5
