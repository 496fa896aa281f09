"""What system calls tell of other processes: links below another root, descriptors, verified sockets."""

import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import procfs
from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.host import Host


@pytest.fixture
def jail(tmp_path: Path) -> Path:
    """A root directory with every kind of link in it."""
    (tmp_path / "jail/run/vpn").mkdir(parents=True)
    (tmp_path / "jail/run/vpn/x.sock").touch()
    (tmp_path / "jail/var").mkdir()
    (tmp_path / "outside").touch()
    links = {
        "var/run": "/run",
        "up": "../../../outside",
        "near": "run/vpn",
        "a": "b",
        "b": "/a",
        "chain": "/var/run/vpn",
    }
    for name, target in links.items():
        (tmp_path / "jail" / name).symlink_to(target)
    return tmp_path / "jail"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/run/vpn/x.sock", "/run/vpn/x.sock"),
        ("/var/run/vpn/x.sock", "/run/vpn/x.sock"),
        ("/chain/x.sock", "/run/vpn/x.sock"),
        ("//near/./x.sock", "/run/vpn/x.sock"),
        ("/up", "/outside"),
        ("/../../outside", "/outside"),
        ("/gone/../run", "/run"),
        ("/gone/x", "/gone/x"),
        ("/", ""),
    ],
)
def test_paths_stay_below_the_root(jail: Path, path: str, found: str) -> None:
    assert procfs.inside_root(str(jail), path) == str(jail) + found


def test_links_in_a_circle_are_refused(jail: Path) -> None:
    with pytest.raises(OSError, match="symbolic") as caught:
        procfs.inside_root(str(jail), "/a")
    assert caught.value.errno == errno.ELOOP


@given(st.text(alphabet="/.abx\udcff", max_size=30))
def test_no_path_leads_out(path: str) -> None:
    found = procfs.inside_root("/nonexistent-root", path)
    assert found == "/nonexistent-root" or found.startswith("/nonexistent-root/")
    assert "/../" not in found + "/"


def test_own_descriptors_are_those_that_the_system_lists() -> None:
    with socket.socket() as inet, open("/dev/null") as null, open("/proc/self/ns/net") as door:
        found = procfs.descriptors("/proc/self/fd")
        assert os.fstat(inet.fileno()).st_ino in found.sockets
        assert (os.stat("/proc/self/ns/net").st_ino, door.fileno()) in found.namespaces
        assert str(null.fileno()) not in found.devices


def test_descriptors_of_nobody(tmp_path: Path) -> None:
    with pytest.raises(SourceAbsent):
        Host().descriptors("/proc/0/fd")
    (tmp_path / "3").symlink_to("net:[x]")
    with pytest.raises(ParseError):
        Host(str(tmp_path)).descriptors("/")


@pytest.fixture
def listener() -> Iterator[str]:
    """A path at which this process listens."""
    with tempfile.TemporaryDirectory(prefix="sock") as place, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{place}/s")
        server.listen()
        yield f"{place}/s"


def test_socket_of_the_expected_process_is_believed_and_no_other(listener: str) -> None:
    Host().unix_stream(listener).close()
    Host().unix_stream(listener, listener=os.getpid()).close()
    with pytest.raises(SourceError, match="another process"):
        Host().unix_stream(listener, listener=1)
