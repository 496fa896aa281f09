"""HTTP proxies: a row for one that has a parent elsewhere, nothing for one that goes out by itself."""

from pathlib import Path

import pytest

from auditor.daemons.http_proxy import read
from tests.auditor.daemons.made import SECRET, Daemon, ends

SQUID = f"""\
# cache_peer a.example parent 1 0
http_port 10.8.0.1:3128
cache_peer b.example parent 8080 0 no-query login=u:{SECRET}
cache_peer c.example sibling 3128 3130
include /etc/squid/conf.d/*.conf
"""


def test_squid_with_a_parent_and_includes(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "/usr/sbin/squid", "--foreground", "-sYC").write("/etc/squid/squid.conf", SQUID)
    row = daemon.write("/etc/squid/conf.d/x.conf", "cache_peer 192.0.2.9 parent 3129 0\n").one(read)
    assert (row.technology, row.role, row.local, row.local_port) == ("http-proxy", "client", "10.8.0.1", 3128)
    assert ends(row) == [("b.example", 8080, "tcp"), ("192.0.2.9", 3129, "tcp")]
    assert daemon.gaps == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("forward / parent.example:8000", ("parent.example", 8000, "tcp")),
        (f"forward-socks5 .x.example u:{SECRET}@192.0.2.9:1080 .", ("192.0.2.9", 1080, "tcp")),
    ],
)
def test_privoxy(tmp_path: Path, line: str, found: object) -> None:
    daemon = Daemon(tmp_path, "/usr/sbin/privoxy", "--no-daemon", "/p").write("/p", f"listen-address :8118\n{line}\n")
    row = daemon.one(read)
    assert (row.local_port, ends(row)) == (8118, [found])


def test_tinyproxy(tmp_path: Path) -> None:
    content = f'Port 8889\nListen 10.8.0.1\nBasicAuth u {SECRET}\nUpstream http u:{SECRET}@d.example:80 ".x"\n'
    row = Daemon(tmp_path, "/usr/bin/tinyproxy", "-d", "-c", "/t").write("/t", content).one(read)
    assert (row.local, row.local_port, ends(row)) == ("10.8.0.1", 8889, [("d.example", 80, "tcp")])


@pytest.mark.parametrize(
    ("exe", "path", "content"),
    [
        ("/usr/sbin/squid", "/etc/squid/squid.conf", "http_port 3128\nhttp_access allow all\n"),
        ("/usr/sbin/privoxy", "/etc/privoxy/config", "forward a.example:443 .\nforward-socks5t / 127.0.0.1:9050 .\n"),
        ("/usr/bin/tinyproxy", "/etc/tinyproxy/tinyproxy.conf", "Port 8888\nUpstream none .local\n"),
    ],
)
def test_one_that_goes_out_by_itself_is_none(tmp_path: Path, exe: str, path: str, content: str) -> None:
    assert Daemon(tmp_path, exe).write(path, content).read(read) == []


def test_an_include_that_is_gone_is_told(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "/usr/sbin/squid").write("/etc/squid/squid.conf", "include /gone.d/*.conf\ninclude /x\n")
    assert daemon.read(read) == []
    assert [source for source, _ in daemon.gaps] == ["/gone.d/*.conf", "/x"]
