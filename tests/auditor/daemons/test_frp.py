"""frp: the server of a client and the port of a server, in each of its formats; no token."""

from pathlib import Path

import pytest

from auditor.daemons.frp import read
from tests.auditor.daemons.made import SECRET, Daemon, ends

TOML = f"""\
serverAddr = "frp.example" # comment
serverPort = 7001
auth.token = "{SECRET}"
transport.protocol = "quic"
text = \"\"\"
serverAddr = "{SECRET}"
\"\"\"
[[proxies]]
name = "ssh"
serverPort = 1
transport.protocol = "tcp"
includes = [
  "{SECRET}",
]
"""
INI = f"[common]\nserver_addr = 203.0.113.9\nserver_port = 7002 ; x\ntoken = {SECRET}\n[ssh]\nserver_port = 1\n"
YAML = f"serverAddr: frp.example\nserverPort: 7003\nauth:\n  token: {SECRET}\nproxies:\n  - serverPort: 1\n"
JSON = f'{{"serverAddr": "frp.example", "auth": {{"token": "{SECRET}"}}}}'


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("frpc.toml", TOML, ("frp.example", 7001, "udp")),
        ("frpc.ini", INI, ("203.0.113.9", 7002, "tcp")),
        ("frpc.yaml", YAML, ("frp.example", 7003, "tcp")),
        ("frpc.json", JSON, ("frp.example", 7000, "tcp")),
    ],
)
def test_a_client_in_each_format(tmp_path: Path, name: str, content: str, found: tuple[str, int, str]) -> None:
    row = Daemon(tmp_path, "/usr/local/bin/frpc", "-c", name).write(f"/etc/daemon/{name}", content).one(read)
    assert (row.role, row.local_port, ends(row), row.source) == ("client", None, [found], name)


def test_a_client_by_arguments(tmp_path: Path) -> None:
    given = ["tcp", "--server_addr", "frp.example:7004", "--token", SECRET]
    assert ends(Daemon(tmp_path, "/opt/frp/frpc", *given).one(read)) == [("frp.example", 7004, "tcp")]


def test_a_server(tmp_path: Path) -> None:
    content = f'bindAddr = "192.0.2.1"\nbindPort = 7005\nauth.token = "{SECRET}"\n'
    row = Daemon(tmp_path, "/usr/bin/frps", "-c", "/frps.toml").write("/frps.toml", content).one(read)
    assert (row.role, row.local, row.local_port, row.remotes) == ("server", "192.0.2.1", 7005, ())


def test_a_server_by_default(tmp_path: Path) -> None:
    row = Daemon(tmp_path, "/usr/bin/frps").write("/etc/daemon/frps.ini", "[common]\n").one(read)
    assert (row.role, row.local_port) == ("server", 7000)
