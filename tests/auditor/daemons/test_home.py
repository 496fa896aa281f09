"""The home directory of a process's user, by number."""

from pathlib import Path

import pytest

from auditor.daemons.files import ProcessFiles
from auditor.daemons.home import home
from auditor.errors import ParseError, SourceAbsent
from tests.auditor.daemons.made import Daemon


def test_the_real_user_counts(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "/usr/bin/ssh").write("/etc/passwd", "a:x:100:1::/a:\nbad\nb:x:1000:1::/b:/x\n")
    assert home(ProcessFiles(daemon.host, daemon.process)) == "/b"


def test_an_unknown_user_and_a_strange_status_are_errors(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "/usr/bin/ssh").write("/etc/passwd", "a:x:100:1::/a:\n")
    with pytest.raises(SourceAbsent):
        home(ProcessFiles(daemon.host, daemon.process))
    (tmp_path / "proc/40/status").write_text("Name: x\n")
    with pytest.raises(ParseError):
        home(ProcessFiles(daemon.host, daemon.process))
