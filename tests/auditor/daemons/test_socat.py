"""socat: a relay to another host, and all that is none."""

from pathlib import Path

import pytest

from auditor.daemons.socat import read
from tests.auditor.daemons.made import SECRET, Daemon, ends

SOCAT = "/usr/bin/socat"


@pytest.mark.parametrize(
    ("given", "local", "found"),
    [
        (["TCP-LISTEN:80,fork,bind=10.8.0.1", "TCP:a.example:8080"], ("10.8.0.1", 80), ("a.example", 8080, "tcp")),
        (
            ["-d", "-d", "-lf", "/log", "TCP4-LISTEN:80", "openssl:[2001:db8::1]:443,verify=0"],
            (None, 80),
            ("2001:db8::1", 443, "tcp"),
        ),
        (["tcp4-l:80,fork", "TCP6:[2001:db8::1]:80"], (None, 80), ("2001:db8::1", 80, "tcp")),
        (["UDP6-L:53", "dtls:a.example:53"], (None, 53), ("a.example", 53, "udp")),
        (["sctp-l:7", "socks:192.0.2.9:b:80"], (None, 7), ("192.0.2.9", 1080, "tcp")),
        (["TCP-L:80", "SOCKS4A:[2001:db8::1]:b:80,socksport=9"], (None, 80), ("2001:db8::1", 9, "tcp")),
        (["TCP-L:80", "proxy:a.example:b:80"], (None, 80), ("a.example", 8080, "tcp")),
        (["udp-l:53", "UDP:192.0.2.9:53"], (None, 53), ("192.0.2.9", 53, "udp")),
        (["TUN:10.9.0.1/24,up", "UDP:192.0.2.9:5000"], (None, None), ("192.0.2.9", 5000, "udp")),
        (["TCP:127.0.0.1:22", "TCP:a.example:2222"], (None, None), ("a.example", 2222, "tcp")),
        (
            ["TCP-L:80", f"PROXY:a.example:b:80,proxyport=3128,proxyauth=u:{SECRET}"],
            (None, 80),
            ("a.example", 3128, "tcp"),
        ),
    ],
)
def test_relays(tmp_path: Path, given: list[str], local: tuple[str | None, int | None], found: object) -> None:
    row = Daemon(tmp_path, SOCAT, *given).one(read)
    assert ((row.local, row.local_port), ends(row)) == (local, [found])


@pytest.mark.parametrize(
    "given",
    [
        ["TCP-LISTEN:80,fork", "TCP:127.0.0.1:8080"],
        ["TCP-LISTEN:80", "EXEC:/bin/cat"],
        ["-u", "TCP:a.example:443", "CREATE:/tmp/x"],
        ["-", "TCP:a.example:80"],
        ["PTY,link=/run/x", "UNIX-LISTEN:/run/y"],
        ["-V"],
        [],
    ],
)
def test_no_relays(tmp_path: Path, given: list[str]) -> None:
    assert Daemon(tmp_path, SOCAT, *given).read(read) == []
