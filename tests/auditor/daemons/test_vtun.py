"""VTun by the titles that running processes showed."""

from pathlib import Path

import pytest

from auditor.daemons.vtun import read
from auditor.model.rows import NamedEnd
from tests.auditor.daemons.made import told


@pytest.mark.parametrize(
    ("title", "role", "remotes"),
    [
        (b"vtund[s]: waiting for connections on port 5055\0", "server", ()),
        (b"vtund[c]: hq-tcp tun cable0\0\0\0\0\0", "client", ()),
        (b"vtund[s]: spoke tun cable2\0", "server", ()),
        (b"vtund[c]: hq connecting to 203.0.113.88\0\0", "client", (NamedEnd("203.0.113.88", None, None),)),
        (b"vtund[c]: hq connecting to hq.example\0", "client", (NamedEnd("hq.example", None, None),)),
        (b"vtund[c]: hq connecting to 127.0.0.1\0", "client", ()),
        (b"/usr/sbin/vtund[c]: hq closing\0", "client", ()),
        (b"vtund[s]: connecting to us connecting to 192.0.2.1\0", "server", ()),
    ],
)
def test_title(tmp_path: Path, title: bytes, role: str, remotes: tuple[NamedEnd, ...]) -> None:
    (row,), gaps = told(tmp_path, read, title, held=("cable0",))
    assert (row.technology, row.role, row.remotes, row.device, gaps) == ("vtun", role, remotes, "cable0", [])


@pytest.mark.parametrize("raw", [b"", b"vtund\0-s\0", b"vtund[x]: a\0", b"\xff[c]", b"vtund\0[c]: x connecting to y\0"])
def test_what_has_no_title_yet_says_nothing(tmp_path: Path, raw: bytes) -> None:
    assert told(tmp_path, read, raw) == ([], [])
