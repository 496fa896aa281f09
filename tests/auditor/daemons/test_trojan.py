"""Trojan: a client's server; a server's web site is no far end."""

import json
from pathlib import Path

import pytest

from auditor.daemons.trojan import read
from tests.auditor.daemons.made import SECRET, Daemon, ends


def config(kind: str) -> str:
    ends = {"local_addr": "127.0.0.1", "local_port": 1080, "remote_addr": "a.example", "remote_port": 443}
    nested = {"mysql": {"server_addr": "db", "password": SECRET}, "ssl": {"local_port": 1, "key_password": SECRET}}
    return json.dumps({**nested, "password": [SECRET], **ends, "run_type": kind})


@pytest.mark.parametrize("given", [[], ["-c", "/etc/trojan/config.json"], ["/etc/trojan/config.json"]])
def test_a_client(tmp_path: Path, given: list[str]) -> None:
    row = Daemon(tmp_path, "/usr/bin/trojan", *given).write("/etc/trojan/config.json", config("client")).one(read)
    assert (row.role, row.local, row.local_port) == ("client", "127.0.0.1", 1080)
    assert ends(row) == [("a.example", 443, "tcp")]


def test_a_server(tmp_path: Path) -> None:
    row = Daemon(tmp_path, "/usr/bin/trojan", "/s").write("/s", config("server")).one(read)
    assert (row.role, row.local_port, row.remotes) == ("server", 1080, ())


def test_trojan_go(tmp_path: Path) -> None:
    yaml = "run-type: client\nlocal-addr: 127.0.0.1\nlocal-port: 1080\nremote-addr: a.example\nremote-port: 443\n"
    yaml += f"password:\n  - {SECRET}\n"
    row = Daemon(tmp_path, "/usr/bin/trojan-go", "-config", "/c.yaml").write("/c.yaml", yaml).one(read)
    assert (row.role, ends(row)) == ("client", [("a.example", 443, "tcp")])


@pytest.mark.parametrize(
    ("given", "role"),
    [
        (["-client", "-remote", "a.example:443", "-local", "127.0.0.1:1080", "-password", SECRET], "client"),
        (["-url", f"trojan-go://{SECRET}@a.example:443/?sni=x"], "client"),
        (["-server", "-remote", "127.0.0.1:80", "-local", "0.0.0.0:443"], "server"),
    ],
)
def test_trojan_go_by_arguments(tmp_path: Path, given: list[str], role: str) -> None:
    row = Daemon(tmp_path, "/usr/bin/trojan-go", *given).one(read)
    assert (row.role, bool(row.remotes)) == (role, role == "client")
