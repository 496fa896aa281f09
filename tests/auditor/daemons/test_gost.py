"""GOST: the first hop, the listener, and forwards of its own."""

import json
from pathlib import Path

import pytest

from auditor.daemons.gost import read
from tests.auditor.daemons.made import SECRET, Daemon, ends

GOST = "/usr/local/bin/gost"


@pytest.mark.parametrize(
    ("given", "role", "port", "found"),
    [
        (["-L=:8080", f"-F=socks5+tls://u:{SECRET}@a.example:443?x=1"], "client", 8080, [("a.example", 443, "tcp")]),
        (
            ["-L", f"u:{SECRET}@:8080", "-F", "quic://a.example:443", "-F", "b:1"],
            "client",
            8080,
            [("a.example", 443, "udp")],
        ),
        (["-L", f"ss://x:{SECRET}@:8338"], "server", 8338, []),
        (["-L=tcp://:2222/192.0.2.9:22"], "client", 2222, [("192.0.2.9", 22, "tcp")]),
        (["-L=tcp://:2222/127.0.0.1:22"], "server", 2222, []),
    ],
)
def test_arguments(tmp_path: Path, given: list[str], role: str, port: int, found: list[object]) -> None:
    row = Daemon(tmp_path, GOST, *given).one(read)
    assert (row.role, row.local_port, ends(row)) == (role, port, found)


def test_the_file_of_version_2(tmp_path: Path) -> None:
    config = {"ServeNodes": [":1080"], "ChainNodes": [f"http://u:{SECRET}@a.example:3128"]}
    row = Daemon(tmp_path, GOST, "-C", "/g.json").write("/g.json", json.dumps(config)).one(read)
    assert (row.local_port, ends(row)) == (1080, [("a.example", 3128, "tcp")])


def test_the_file_of_version_3(tmp_path: Path) -> None:
    content = f"""\
services:
- name: s
  addr: ":1080"
  handler: {{type: socks5, chain: c, auth: {{username: u, password: {SECRET}}}}}
chains:
- name: c
  hops:
  - nodes:
    - name: n
      addr: a.example:443
      connector: {{type: relay, auth: {{password: "{SECRET}"}}}}
"""
    row = Daemon(tmp_path, GOST, "-C", "/g.yml").write("/g.yml", content).one(read)
    assert (row.role, row.local_port, ends(row)) == ("client", 1080, [("a.example", 443, "tcp")])
