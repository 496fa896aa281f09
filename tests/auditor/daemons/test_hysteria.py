"""Hysteria: the server of a client with its port or range of ports, the port of a server."""

from pathlib import Path

import pytest

from auditor.daemons.hysteria import read
from tests.auditor.daemons.made import SECRET, Daemon, ends

HYSTERIA = "/usr/local/bin/hysteria"


@pytest.mark.parametrize(
    ("server", "found"),
    [
        ("a.example", ("a.example", 443, "udp")),
        ("a.example:8443", ("a.example", 8443, "udp")),
        ("a.example:20000-50000", ("a.example", 20000, "udp")),
        (f"hysteria2://{SECRET}@a.example:1234/?obfs=x", ("a.example", 1234, "udp")),
    ],
)
def test_a_client(tmp_path: Path, server: str, found: tuple[str, int, str]) -> None:
    content = f"server: {server}\nauth: {SECRET}\nsocks5:\n  listen: 127.0.0.1:1080\n"
    row = Daemon(tmp_path, HYSTERIA, "client", "-c", "/c.yaml").write("/c.yaml", content).one(read)
    assert (row.role, row.local, row.local_port, ends(row)) == ("client", "127.0.0.1", 1080, [found])


def test_a_server(tmp_path: Path) -> None:
    content = f"auth:\n  type: password\n  password: {SECRET}\nmasquerade:\n  proxy:\n    url: https://x\n"
    row = Daemon(tmp_path, HYSTERIA, "server").write("/etc/daemon/config.yaml", content).one(read)
    assert (row.role, row.local_port, row.remotes) == ("server", 443, ())


def test_version_1(tmp_path: Path) -> None:
    content = f'{{"server": "a.example:36712", "auth_str": "{SECRET}", "socks5": {{"listen": "127.0.0.1:1080"}}}}'
    row = Daemon(tmp_path, HYSTERIA, "-c", "/c.json").write("/c.json", content).one(read)
    assert ends(row) == [("a.example", 36712, "udp")]
