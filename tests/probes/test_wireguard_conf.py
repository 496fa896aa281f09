"""WireGuard's configuration files: wg-quick(8) with its loose spelling, no key but public ones."""

from pathlib import Path

from auditor.model.rows import Configured, NamedEnd
from probes import wireguard_conf
from tests.probes.conf import KEY, OTHER_KEY, SECRET, ask, is_denied, said, withstands, write

PATH = "/etc/wireguard/wg0.conf"
FILE = f"""\
[interface]
# PrivateKey = {SECRET}
privatekey={SECRET}
Address = 10.0.0.1/24, fd00::1/64
ListenPort = 51820 # the usual
PostUp = iptables -A FORWARD -i %i -j ACCEPT; echo {SECRET}

[Peer] # office
PublicKey = {KEY}
PresharedKey = {SECRET}
Endpoint = [2001:db8::1]:51820
AllowedIPs = 10.1.0.0/16,
AllowedIPs = fd01::/64

[Peer]
PublicKey = {OTHER_KEY}
AllowedIPs = 10.2.0.1/32
"""


def test_peers_far_ends_and_prefixes_are_told(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE, "/etc/systemd/system/multi-user.target.wants/wg-quick@wg0.service": ""})
    assert ask(tmp_path, wireguard_conf.PROBE) == (
        [
            Configured(
                technology="wireguard",
                manager="wg-quick",
                name="wg0",
                source=PATH,
                device="wg0",
                role="p2p",
                local_port=51820,
                remotes=(NamedEnd("2001:db8::1", 51820, "udp", peer=KEY),),
                public_keys=(KEY, OTHER_KEY),
                prefixes=("10.1.0.0/16", "fd01::/64", "10.2.0.1/32"),
                autostart=True,
            )
        ],
        [],
    )


def test_files_of_amneziawg_and_names_for_no_device(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "/etc/amnezia/amneziawg/awg0.conf": "[Interface]\nJc = 4\n",
            "/etc/wireguard/too-long-for-a-device.conf": FILE,
        },
    )
    one, two = ask(tmp_path, wireguard_conf.PROBE)[0]
    assert (one.manager, one.device, one.autostart) == ("wg-quick", None, False)
    assert (two.manager, two.device, two.remotes) == ("awg-quick", "awg0", ())


def test_what_is_not_wireguard_gives_nothing(tmp_path: Path) -> None:
    write(tmp_path, {PATH: "", "/etc/wireguard/wg1.conf.bak": FILE, "/etc/wireguard/.wg2.conf": FILE})
    assert ask(tmp_path, wireguard_conf.PROBE) == ([], [])


def test_a_line_or_value_of_another_form_is_a_gap_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, {PATH: f"[Interface]\n{SECRET}\n[Peer]\nPublicKey = {SECRET}\nEndpoint = {SECRET}:x\n"})
    (row,), gaps = ask(tmp_path, wireguard_conf.PROBE)
    assert (row.public_keys, row.remotes) == ((), ())
    assert said(gaps) == [
        (PATH, "line 2: neither a section nor a key with its value"),
        (PATH, "line 3: a peer whose key or endpoint has not the form of one"),
    ]


def test_what_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE})
    assert is_denied(tmp_path, wireguard_conf.PROBE, "/etc/wireguard").source == "/etc/wireguard"
    assert is_denied(tmp_path, wireguard_conf.PROBE, PATH).source == PATH


def test_endless_and_strange_files_are_gaps_too(tmp_path: Path) -> None:
    write(tmp_path, {PATH: "#" * (2 << 20)})
    (tmp_path / "etc/wireguard/dir.conf").mkdir()
    (tmp_path / "etc/wireguard/loop.conf").symlink_to("loop.conf")
    (tmp_path / "etc/wireguard/gone.conf").symlink_to("nowhere")
    (tmp_path / "etc/wireguard/off.conf").symlink_to("/dev/null")
    rows, gaps = ask(tmp_path, wireguard_conf.PROBE)
    assert rows == []
    assert [(gap.source.rpartition("/")[2], gap.detail) for gap in gaps] == [
        ("dir.conf", "not a regular file"),
        ("loop.conf", "Too many levels of symbolic links"),
        ("wg0.conf", "longer than 1048576 bytes"),
    ]


def test_hostile_files_raise_nothing(tmp_path: Path) -> None:
    assert withstands(tmp_path, wireguard_conf.PROBE, PATH, FILE) > 20
