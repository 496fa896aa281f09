"""fastd's networks: peers with their far ends, devices of their own, secrets left where they are."""

from pathlib import Path

from auditor.model.rows import Configured, NamedEnd
from probes import fastd_conf
from tests.probes.conf import SECRET, ask, is_denied, said, withstands, write

PATH = "/etc/fastd/mesh/fastd.conf"
FILE = f"""\
secret "{SECRET}"; # {SECRET}
bind 192.0.2.1:10000;
interface "fd0";
method "salsa2012+umac";
include peers from "peers";
peer "depot" {{ key "{SECRET}"; remote ipv4 "depot.example" port 10000; }}
"""
PEER = f'key "{SECRET}";\nremote 203.0.113.1:10001;\nremote [2001:db8::1]:10001;\n'


def test_a_network_with_its_peers(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE, "/etc/fastd/mesh/peers/office": PEER, "/etc/fastd/mesh/peers/.x": SECRET})
    write(tmp_path, {"/etc/systemd/system/multi-user.target.wants/fastd@mesh.service": "", "/etc/fastd/README": "x"})
    assert ask(tmp_path, fastd_conf.PROBE) == (
        [
            Configured(
                technology="fastd",
                manager="fastd",
                name="mesh",
                source=PATH,
                device="fd0",
                role="p2p",
                local="192.0.2.1",
                local_port=10000,
                remotes=(
                    NamedEnd("203.0.113.1", 10001, "udp"),
                    NamedEnd("2001:db8::1", 10001, "udp"),
                    NamedEnd("depot.example", 10000, "udp"),
                ),
                autostart=True,
            )
        ],
        [],
    )


def test_peers_with_devices_of_their_own_are_connections_of_their_own(tmp_path: Path) -> None:
    peers = "".join(f'peer "{n}" {{ key "{SECRET}"; remote "{n}.example":7; }}\n' for n in "ab")
    write(tmp_path, {PATH: f'mode multitap;\ninterface "fd-%n";\n{peers}'})
    rows, gaps = ask(tmp_path, fastd_conf.PROBE)
    assert [(row.device, [end.host for end in row.remotes]) for row in rows] == [
        ("fd-a", ["a.example"]),
        ("fd-b", ["b.example"]),
    ]
    assert gaps == []


def test_a_directory_without_a_network_is_none(tmp_path: Path) -> None:
    write(tmp_path, {"/etc/fastd/mesh/other": SECRET, "/etc/fastd/empty/fastd.conf": "log level warn;\n"})
    assert ask(tmp_path, fastd_conf.PROBE) == ([], [])


def test_what_is_not_understood_is_a_gap_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, {PATH: f'interface "fd0";\nsecret "{SECRET}'})
    assert said(ask(tmp_path, fastd_conf.PROBE)[1]) == [(PATH, "line 2: string without its end")]


def test_it_withstands_anything_and_tells_what_is_denied(tmp_path: Path) -> None:
    withstands(tmp_path, fastd_conf.PROBE, PATH, FILE)
    is_denied(tmp_path, fastd_conf.PROBE, PATH)
