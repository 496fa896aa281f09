"""sing-box: outbounds and endpoints that lead elsewhere."""

import json
from pathlib import Path

from auditor.daemons.sing_box import read
from tests.auditor.daemons.made import SECRET, Daemon, ends

CONFIG = {
    "dns": {"servers": [{"server": "8.8.8.8", "server_port": 53, "type": "udp"}]},
    "inbounds": [{"type": "tun"}, {"type": "mixed", "listen": "::1", "listen_port": 2080}],
    "outbounds": [
        {"type": "selector", "tag": "s", "outbounds": ["a"]},
        {"type": "direct"},
        {"type": "hysteria2", "server": "a.example", "server_port": 443, "password": SECRET},
        {"type": "vless", "server": "b.example", "server_port": 8443, "uuid": SECRET, "tls": {"server_name": "c"}},
    ],
    "endpoints": [{"type": "wireguard", "private_key": SECRET, "peers": [{"address": "192.0.2.9", "port": 51820}]}],
}


def test_a_client(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "/usr/bin/sing-box", "-D", "/var/lib/sing-box", "-C", "/etc/sing-box", "run")
    row = daemon.write("/etc/sing-box/config.json", json.dumps(CONFIG)).one(read)
    assert (row.role, row.local, row.local_port) == ("client", "::1", 2080)
    assert ends(row) == [("a.example", 443, "udp"), ("b.example", 8443, "tcp"), ("192.0.2.9", 51820, "udp")]


def test_a_server_by_the_file_in_its_directory(tmp_path: Path) -> None:
    config = {"inbounds": [{"listen_port": 443, "users": [{"password": SECRET}]}], "outbounds": [{"type": "direct"}]}
    daemon = Daemon(tmp_path, "/usr/bin/sing-box", "run", "-D", "/srv").write("/srv/config.json", json.dumps(config))
    row = daemon.one(read)
    assert (row.role, row.local_port, row.remotes) == ("server", 443, ())
