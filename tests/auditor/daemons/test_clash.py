"""Clash: servers of its file and of its providers; what only a subscription names is a gap."""

from pathlib import Path

from auditor.daemons.clash import read
from tests.auditor.daemons.made import SECRET, Daemon, ends

CONFIG = f"""\
mixed-port: 7890
external-controller: 127.0.0.1:9090
secret: {SECRET}
dns: {{nameserver: [https://dns.example/q], listen: 0.0.0.0:53}}
proxies:
  - {{name: a, type: ss, server: a.example, port: 443, password: "{SECRET}"}}
  - name: b
    type: hysteria2
    server: b.example
    port: 8443
    password: {SECRET}
  - {{name: d, type: direct}}
proxy-providers:
  one: {{type: http, url: "https://{SECRET}.example", path: ./one.yaml}}
  two:
    type: http
    url: "https://{SECRET}.example"
rules:
  - DOMAIN,server,auto
"""


def test_servers_of_file_and_providers(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "/usr/bin/mihomo", "-d", "/etc/mihomo").write("/etc/mihomo/config.yaml", CONFIG)
    daemon.write("/etc/mihomo/one.yaml", "proxies:\n- {type: vmess, server: c.example, port: 1, uuid: x}\n")
    row = daemon.one(read)
    assert (row.technology, row.role, row.local_port) == ("clash", "client", 7890)
    assert ends(row) == [("a.example", 443, "tcp"), ("b.example", 8443, "udp"), ("c.example", 1, "tcp")]
    assert [source for source, _ in daemon.gaps] == ["/etc/mihomo/config.yaml"]


def test_the_home_directory_of_its_user(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "/usr/bin/clash").write(
        "/etc/passwd", "root:x:0:0::/root:/bin/sh\nx:x:1000:1000:N:/h:/b\n"
    )
    row = daemon.write("/h/.config/clash/config.yaml", "proxies:\n- {type: ss, server: 192.0.2.1, port: 2}\n").one(read)
    assert ends(row) == [("192.0.2.1", 2, "tcp")]


def test_a_provider_that_is_gone_is_told(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "/usr/bin/mihomo", "-f", "/c.yaml")
    daemon.write("/c.yaml", "proxy-providers:\n  x:\n    type: file\n    path: /gone.yaml\n").one(read)
    assert [source for source, _ in daemon.gaps] == ["/gone.yaml"]
