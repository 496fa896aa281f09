"""What every reader keeps: a source that is denied is a gap that names what it needs."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.files import ProcessFiles
from auditor.daemons.readers import READERS
from auditor.errors import SourceDenied, SourceError
from auditor.host import Host
from auditor.model.rows import DaemonInstance, Process

_ARGUMENTS = {
    "easytier": b"easytier-core\0-c\0/etc/et.toml\0",
    "fastd": b"fastd\0-c\0/etc/fastd.conf\0",
    "iodine": b"iodine\0t.example\0",
    "tinc": b"tincd\0-n\0mesh\0",
    "yggdrasil": b"yggdrasil\0-useconffile\0/etc/yggdrasil.conf\0",
    "zerotier": b"zerotier-one\0",
}


class Closed(Host):
    """A host that gives away command lines only, as it does to an ordinary user."""

    def __init__(self, raw: bytes) -> None:
        super().__init__("/nowhere")
        self._raw = raw

    def read(self, path: str, *, limit_bytes: int = 0, needs: str | None = None) -> bytes:
        assert path == "/proc/40/cmdline"
        return self._raw

    def lines(self, path: str, *, limit_bytes: int = 0, needs: str | None = None) -> Iterator[bytes]:
        raise SourceDenied("Permission denied", needs=needs)
        yield b""

    def names(self, path: str, *, needs: str | None = None) -> list[str]:
        raise SourceDenied("Permission denied", needs=needs)

    def inside(self, pid: int, path: str) -> str:
        return path


@pytest.mark.parametrize("technology", _ARGUMENTS)
def test_what_is_denied_is_a_gap_with_what_it_needs(technology: str) -> None:
    process = Process(pid=40, comm=None, exe=f"/usr/sbin/{technology}")
    files = ProcessFiles(Closed(_ARGUMENTS[technology]), process)
    rows: list[DaemonInstance] = []
    try:
        rows += READERS[technology](process, files)
    except SourceError as error:
        files.gap("configuration", error)
    ((_, gap),) = files.gaps
    assert (type(gap), gap.needs) == (SourceDenied, "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH")
    assert not [end for row in rows for end in row.remotes if end.port]


def test_no_reader_says_more_than_the_command_line_of_a_program_without_arguments() -> None:
    for technology in _ARGUMENTS:
        process = Process(pid=40, comm=None, exe=f"/usr/sbin/{technology}", tun_devices=("tun0",))
        try:
            rows = list(READERS[technology](process, ProcessFiles(Closed(b"x\0"), process)))
        except SourceError:
            continue
        assert [row.remotes for row in rows] == [()], technology


@given(st.one_of(st.binary(max_size=120), st.text("-cnopPwb=:,[]/x1\0 ", max_size=60).map(str.encode)))
def test_any_command_line_is_read(raw: bytes) -> None:
    for technology in (*_ARGUMENTS, "vtun"):
        process = Process(pid=40, comm=None, exe=f"/usr/sbin/{technology}", tun_devices=("tun0", "tun1"))
        with suppress(SourceError):
            list(READERS[technology](process, ProcessFiles(Closed(raw), process)))
