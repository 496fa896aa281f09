"""V2Ray and Xray: what inbounds and outbounds name; user ids and passwords stay where they are."""

import json
from pathlib import Path

import pytest

from auditor.daemons.v2ray import read
from auditor.errors import ParseError
from tests.auditor.daemons.made import SECRET, Daemon, ends

V2RAY = "/usr/bin/v2ray"
VMESS = {
    "protocol": "vmess",
    "settings": {"vnext": [{"address": "a.example", "port": 443, "users": [{"id": SECRET}]}]},
    "streamSettings": {"network": "kcp", "kcpSettings": {"seed": SECRET}},
}
TROJAN = {"protocol": "trojan", "settings": {"servers": [{"address": "b.example", "port": 8443, "password": SECRET}]}}
FLAT = {"settings": {"address": "c.example", "port": 1, "id": SECRET}, "protocol": "vless"}
WIREGUARD = {"protocol": "wireguard", "settings": {"secretKey": SECRET, "peers": [{"endpoint": "192.0.2.9:51820"}]}}
DIRECT = [
    {"protocol": "freedom", "settings": {"redirect": "127.0.0.1:3366"}},
    {"protocol": "dns", "settings": {"address": "1.1.1.1", "port": 53}},
    {"settings": {}, "protocol": "blackhole"},
]


def test_a_client_names_each_server_and_no_direct_way(tmp_path: Path) -> None:
    config = {
        "dns": {"servers": [{"address": "8.8.8.8", "port": 53}]},
        "inbounds": [{"tag": "api"}, {"listen": "127.0.0.1", "port": 1080, "settings": {"port": 9}}],
        "outbounds": [*DIRECT, VMESS, TROJAN, FLAT, WIREGUARD],
    }
    row = Daemon(tmp_path, V2RAY, "-config", "/c.json").write("/c.json", json.dumps(config)).one(read)
    assert (row.technology, row.role, row.local, row.local_port) == ("v2ray", "client", "127.0.0.1", 1080)
    assert ends(row) == [
        ("a.example", 443, "udp"),
        ("b.example", 8443, "tcp"),
        ("c.example", 1, "tcp"),
        ("192.0.2.9", 51820, "udp"),
    ]


def test_a_server_leads_nowhere(tmp_path: Path) -> None:
    config = {"inbounds": [{"port": 443, "protocol": "vless", "settings": {"clients": [{"id": SECRET}]}}]}
    daemon = Daemon(tmp_path, "/usr/local/bin/xray", "run", "-c", "/c.json")
    row = daemon.write("/c.json", json.dumps(config | {"outbounds": DIRECT})).one(read)
    assert (row.technology, row.role, row.local_port, row.remotes) == ("xray", "server", 443, ())


def test_the_first_format_of_the_file(tmp_path: Path) -> None:
    config = {"inbound": {"port": 1081, "listen": "127.0.0.1"}, "outbound": VMESS, "outboundDetour": [TROJAN, *DIRECT]}
    row = Daemon(tmp_path, V2RAY).write("/etc/daemon/config.json", json.dumps(config)).one(read)
    assert (row.local_port, [end.host for end in row.remotes]) == (1081, ["a.example", "b.example"])


def test_several_files(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, V2RAY, "-confdir", "/conf")
    daemon.write("/conf/1.json", json.dumps({"outbounds": [VMESS]})).write(
        "/conf/2.json", '{"inbounds": [{"port": 7}]}'
    )
    row = daemon.write("/conf/readme", "no").one(read)
    assert (row.local_port, len(row.remotes)) == (7, 1)


@pytest.mark.parametrize("given", [["-config", "stdin:"], ["-c", "https://x/y.json"], ["-c", "/c.pb"]])
def test_what_lies_in_no_file_is_told(tmp_path: Path, given: list[str]) -> None:
    with pytest.raises(ParseError):
        Daemon(tmp_path, V2RAY, *given).read(read)
