"""Shadowsocks: files and arguments of its three families of programs; no password leaves."""

import json
from pathlib import Path

import pytest

from auditor.daemons.shadowsocks import read
from auditor.errors import SourceAbsent, SourceError
from tests.auditor.daemons.made import SECRET, Daemon, ends

LOCAL, SERVER = "/usr/bin/ss-local", "/usr/bin/ss-server"


def test_a_client_from_a_file(tmp_path: Path) -> None:
    config = {
        "server": ["hk.example", "2001:DB8::1"],
        "server_port": 8388,
        "local_port": 1080,
        "local_address": "127.0.0.1",
        "password": SECRET,
        "mode": "tcp_and_udp",
        "plugin_opts": f"obfs=tls;key={SECRET}",
    }
    daemon = Daemon(tmp_path, LOCAL, "-c", "hk.json").write("/etc/daemon/hk.json", json.dumps(config, indent=1))
    row = daemon.one(read)
    assert (row.role, row.local, row.local_port, row.source) == ("client", "127.0.0.1", 1080, "hk.json")
    assert ends(row) == [("hk.example", 8388, "tcp"), ("2001:db8::1", 8388, "tcp")]


def test_arguments_count_before_the_file(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, LOCAL, "-s", "203.0.113.9", "-p", "443", "-l", "1081", "-c", "/x.json", "-k", SECRET)
    daemon.write("/x.json", json.dumps({"server": "other.example", "server_port": 1, "local_port": 2}))
    row = daemon.one(read)
    assert (row.local_port, ends(row)) == (1081, [("203.0.113.9", 443, "tcp")])


def test_a_server_names_nobody(tmp_path: Path) -> None:
    config = {"server": "0.0.0.0", "server_port": 8388, "password": SECRET, "method": "aes-256-gcm"}
    row = Daemon(tmp_path, SERVER, "-c", "/s.json").write("/s.json", json.dumps(config)).one(read)
    assert (row.role, row.local, row.local_port, row.remotes) == ("server", "0.0.0.0", 8388, ())


def test_a_server_with_a_port_for_each_user_keeps_no_password(tmp_path: Path) -> None:
    config = {"server": "::", "port_password": {"8381": SECRET, "8382": SECRET}}
    row = Daemon(tmp_path, SERVER, "-c", "/s.json").write("/s.json", json.dumps(config)).one(read)
    assert (row.role, row.local_port, row.remotes) == ("server", None, ())


def test_the_rust_programs(tmp_path: Path) -> None:
    config = {
        "servers": [
            {"address": "a.example", "port": 1, "password": SECRET},
            {"server": "b.example", "server_port": 2, "password": SECRET},
        ],
        "locals": [{"local_address": "127.0.0.1", "local_port": 1080}],
    }
    daemon = Daemon(tmp_path, "/usr/local/bin/ssservice", "local", "--config", "/r.json", "-k", SECRET)
    row = daemon.write("/r.json", json.dumps(config)).one(read)
    assert (row.role, row.local_port) == ("client", 1080)
    assert ends(row) == [("a.example", 1, "tcp"), ("b.example", 2, "tcp")]


def test_rust_by_url(tmp_path: Path) -> None:
    url = f"ss://{SECRET}@c.example:8443/?plugin=x#name"
    row = Daemon(tmp_path, "/usr/bin/sslocal", "-b", "127.0.0.1:1082", "--server-url", url).one(read)
    assert (row.local_port, ends(row)) == (1082, [("c.example", 8443, "tcp")])


@pytest.mark.parametrize(
    ("arguments", "role", "found"),
    [
        (["-c", f"ss://AES:{SECRET}@d.example:8488", "-socks", ":1080"], "client", [("d.example", 8488, "tcp")]),
        (["-s", f"ss://AES:{SECRET}@:8488"], "server", []),
        (["-c", SECRET], "client", []),
    ],
)
def test_go_by_url(tmp_path: Path, arguments: list[str], role: str, found: list[object]) -> None:
    row = Daemon(tmp_path, "/usr/bin/go-shadowsocks2", *arguments).one(read)
    assert (row.role, ends(row)) == (role, found)


def test_a_file_that_is_gone_or_cut_short_is_an_error(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, LOCAL, "-c", "/x.json")
    with pytest.raises(SourceAbsent):
        daemon.read(read)
    text = json.dumps({"server": "a", "password": SECRET})
    for size in range(len(text)):
        with pytest.raises(SourceError) as error:
            daemon.write("/x.json", text[:size]).read(read)
        assert SECRET not in str(error.value)
