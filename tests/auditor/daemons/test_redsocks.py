"""redsocks.conf: each redirector with its proxy; login and password are dropped."""

from pathlib import Path

import pytest

from auditor.daemons.redsocks import parse
from auditor.daemons.socks import read
from auditor.errors import ParseError
from tests.auditor.daemons.made import SECRET, Daemon, ends

CONFIG = f"""\
base {{ log = "syslog:daemon"; /* a `long'
  comment; ip = 9.9.9.9; */ daemon = on; }}
redsocks {{ // first
  local_ip = 0.0.0.0; local_port = 31338;
  ip = proxy.example; port = 1080; type = socks5;
  login = "u"; password = "{SECRET}"; # ip = 8.8.8.8;
}}
redsocks {{ ip = 192.0.2.9; port = 3128; }}
dnstc {{ local_port = 5300; }}
"""


def test_each_redirector_is_a_row(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "/usr/sbin/redsocks", "-c", "/r.conf").write("/r.conf", CONFIG)
    first, second = daemon.read(read)
    assert (first.technology, first.role, first.local, first.local_port) == ("socks", "client", "0.0.0.0", 31338)
    assert ends(first) == [("proxy.example", 1080, "tcp")]
    assert (second.local_port, ends(second)) == (12345, [("192.0.2.9", 3128, "tcp")])


def test_the_sample_of_the_package() -> None:
    packaged = Path("/etc/redsocks.conf")
    if not packaged.exists():
        pytest.skip("package redsocks is not installed")
    with packaged.open("rb") as lines:
        found = list(parse(lines))
    assert [name for name, _ in found][:3] == ["base", "redsocks", "redudp"]
    assert found[1][1] == {"local_ip": "127.0.0.1", "local_port": "12345", "ip": "127.0.0.1", "port": "1080"}


def test_every_cut_of_a_section_is_an_error_or_whole() -> None:
    for size in range(len(CONFIG)):
        try:
            said = repr(list(parse(CONFIG[:size].encode().splitlines(keepends=True))))
        except ParseError as error:
            said = error.detail
        assert SECRET not in said
    with pytest.raises(ParseError, match="line 1"):
        list(parse([b"}"]))
