"""SOCKS programs: what tun2socks leads to; servers say nothing."""

from pathlib import Path

import pytest

from auditor.daemons.socks import read
from tests.auditor.daemons.made import SECRET, Daemon, ends


@pytest.mark.parametrize(
    "given",
    [
        ["-device", "tun0", "-proxy", f"socks5://u:{SECRET}@a.example:1080"],
        ["--tundev", "tun0", "--socks-server-addr", "a.example:1080", "--password", SECRET],
    ],
)
def test_tun2socks(tmp_path: Path, given: list[str]) -> None:
    assert ends(Daemon(tmp_path, "/usr/bin/tun2socks", *given).one(read)) == [("a.example", 1080, "tcp")]


def test_a_url_that_is_all_secret_is_left_alone(tmp_path: Path) -> None:
    assert Daemon(tmp_path, "/usr/bin/tun2socks", "-proxy", f"ss://{SECRET}").read(read) == []


def test_servers(tmp_path: Path) -> None:
    assert Daemon(tmp_path, "/usr/bin/microsocks", "-u", "u", "-P", SECRET).read(read) == []
