"""OpenVPN's configuration files: clients, servers, files in files, inline keys."""

from pathlib import Path

from auditor.model.rows import Configured, NamedEnd
from probes import openvpn_conf
from tests.probes.conf import SECRET, ask, is_denied, said, withstands, write

PATH = "/etc/openvpn/client/hq.conf"
FILE = f"""\
client
dev tun
proto udp
remote vpn.example 1194
remote 192.0.2.1 443 tcp-client
auth-user-pass {SECRET}
http-proxy-option AGENT {SECRET}
<key>
-----BEGIN PRIVATE KEY-----
remote {SECRET} 1
-----END PRIVATE KEY-----
</key>
"""


def test_a_client_is_told(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE, "/etc/systemd/system/multi-user.target.wants/openvpn-client@hq.service": ""})
    assert ask(tmp_path, openvpn_conf.PROBE) == (
        [
            Configured(
                technology="openvpn",
                manager="openvpn",
                name="hq",
                source=PATH,
                role="client",
                remotes=(NamedEnd("vpn.example", 1194, "udp"), NamedEnd("192.0.2.1", 443, "tcp")),
                autostart=True,
            )
        ],
        [],
    )


def test_a_server_for_people_names_nobody(tmp_path: Path) -> None:
    write(tmp_path, {"/etc/openvpn/server/s.conf": "server 10.8.0.0 255.255.255.0\nport 443\nproto tcp\ndev tun5\n"})
    (row,), gaps = ask(tmp_path, openvpn_conf.PROBE)
    assert (row.role, row.people, row.device, row.local_port, row.autostart) == ("server", True, "tun5", 443, False)
    assert gaps == []


def test_a_file_in_another_is_part_of_it_only(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "/etc/openvpn/main.conf": "config common.conf\nremote 192.0.2.1\n",
            "/etc/openvpn/common.conf": "client\ndev tun3\nport 4000\n",
            "/etc/openvpn/fragment.conf": "verb 3\n",
            "/etc/openvpn/self-test.conf": "dev null\nremote localhost\n",
        },
    )
    (row,), gaps = ask(tmp_path, openvpn_conf.PROBE)
    assert (row.name, row.device, row.remotes) == ("main", "tun3", (NamedEnd("192.0.2.1", 4000, "udp"),))
    assert row.autostart is False
    assert gaps == []


def test_what_debian_s_service_starts_is_told(tmp_path: Path) -> None:
    write(tmp_path, {f"/etc/openvpn/{name}.conf": "dev tun\nremote 192.0.2.1\n" for name in ("a", "b")})
    write(tmp_path, {"/etc/systemd/system/multi-user.target.wants/openvpn.service": ""})
    assert [row.autostart for row in ask(tmp_path, openvpn_conf.PROBE)[0]] == [True, True]
    for said_there, starts in (("b c", [False, True]), ("none", [False, False]), ("all", [True, True])):
        write(tmp_path, {"/etc/default/openvpn": f'#AUTOSTART="x"\nAUTOSTART="{said_there}"\n'})
        assert [row.autostart for row in ask(tmp_path, openvpn_conf.PROBE)[0]] == starts


def test_files_that_include_each_other_are_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {"/etc/openvpn/a.conf": "remote 192.0.2.1\nconfig a.conf\n"})
    _, gaps = ask(tmp_path, openvpn_conf.PROBE)
    assert ("/etc/openvpn/a.conf", "the file includes itself") in said(gaps)


def test_what_is_not_understood_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {PATH: f"client\nremote 192.0.2.1 {SECRET}\n<key>\n{SECRET}\n"})
    _, gaps = ask(tmp_path, openvpn_conf.PROBE)
    assert set(said(gaps)) == {(PATH, "line 4: inline block without its end"), (PATH, "a port is not a number")}


def test_what_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE})
    assert is_denied(tmp_path, openvpn_conf.PROBE, PATH).source == PATH


def test_hostile_files_raise_nothing(tmp_path: Path) -> None:
    assert withstands(tmp_path, openvpn_conf.PROBE, PATH, FILE) > 20
