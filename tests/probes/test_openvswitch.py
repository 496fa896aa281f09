"""The probe of Open vSwitch over a made tree and over the switch's own programs."""

import shutil
import tempfile
from pathlib import Path

import pytest

from auditor.host import Host
from auditor.model.rows import Process, SwitchTunnel
from auditor.model.sightings import BlindSpot, Reason, Sighting
from auditor.probe import Targets
from probes import openvswitch
from tests.child import become_nobody, in_child
from tests.fixtures.openvswitch.record import PSK, write
from tests.probes.recorded import FIXTURES, view
from tests.requires import requires_program, requires_root

RECORDED = FIXTURES / "openvswitch/conf.db"
SERVER = Process(pid=40, comm="ovsdb-server", exe="/usr/sbin/ovsdb-server", netns=1, mntns=7)
OTHER = Process(pid=41, comm="openvpn", exe="/usr/sbin/openvpn", netns=1, mntns=7)


def tree(root: Path, *arguments: str, database: str = "/srv/conf.db") -> Path:
    """Make a /proc with one server, whose root is another directory; return where its database is."""
    jail = root / "proc/40/root"
    jail.mkdir(parents=True)
    (root / "proc/40/cmdline").write_bytes(b"\0".join(word.encode() for word in ("ovsdb-server", *arguments, "")))
    (root / "proc/40/cwd").symlink_to("/srv")
    path = jail / database.lstrip("/")
    path.parent.mkdir(parents=True)
    shutil.copy(RECORDED, path)
    return path


def look(root: Path, *owners: Process) -> list[Sighting]:
    return list(openvswitch.run(view(Host(str(root)), Targets(owners=owners))))


@pytest.mark.parametrize(
    ("arguments", "database"),
    [
        (("/srv/conf.db", "--remote=punix:/run/db.sock"), "/srv/conf.db"),
        (("-vconsole:emer", "own.db"), "/srv/own.db"),
        (("--detach",), "/etc/openvswitch/conf.db"),
    ],
)
def test_the_database_is_that_of_the_servers_arguments(
    tmp_path: Path, arguments: tuple[str, ...], database: str
) -> None:
    tree(tmp_path, *arguments, database=database)
    rows = look(tmp_path, OTHER, SERVER)
    assert len(rows) == 6
    assert {row.pid for row in rows if isinstance(row, SwitchTunnel)} == {40}
    assert PSK not in repr(rows)


def test_a_switch_that_does_not_run_has_its_tunnels_still(tmp_path: Path) -> None:
    usual = tmp_path / "etc/openvswitch/conf.db"
    usual.parent.mkdir(parents=True)
    shutil.copy(RECORDED, usual)
    rows = look(tmp_path, OTHER)
    assert len(rows) == 6
    assert {row.pid for row in rows if isinstance(row, SwitchTunnel)} == {None}


def test_a_host_without_a_switch_has_none(tmp_path: Path) -> None:
    assert look(tmp_path) == []


def test_a_server_that_has_ended_is_no_gap(tmp_path: Path) -> None:
    assert look(tmp_path, SERVER) == []


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\n", b"OVSDB JSON 5 " + b"0" * 40 + b"\n"])
def test_a_database_of_another_form_is_a_gap_with_its_line(tmp_path: Path, content: bytes) -> None:
    tree(tmp_path, "/srv/conf.db").write_bytes(content)
    (spot,) = look(tmp_path, SERVER)
    assert isinstance(spot, BlindSpot)
    assert (spot.source, spot.reason) == ("/srv/conf.db", Reason.UNPARSED)
    assert "line" in spot.detail


def test_a_running_servers_database_that_is_gone_is_a_gap(tmp_path: Path) -> None:
    tree(tmp_path, "/srv/conf.db").unlink()
    (spot,) = look(tmp_path, SERVER)
    assert isinstance(spot, BlindSpot)
    assert spot.reason is Reason.ABSENT


def test_a_type_that_is_not_known_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "/srv/conf.db")
    monkeypatch.delitem(openvswitch.openvswitch.TECHNOLOGIES, "geneve")
    *rows, spot = look(tmp_path, SERVER)
    assert len(rows) == 5
    assert isinstance(spot, BlindSpot)
    assert spot.reason is Reason.UNPARSED


@requires_root
def test_a_database_that_may_not_be_read_is_a_gap() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        tree(root, "/srv/conf.db").chmod(0o600)

        def denied() -> list[tuple[str, str | None]]:
            become_nobody()
            return [(s.reason.value, s.needs) for s in look(root, SERVER) if isinstance(s, BlindSpot)]

        assert in_child(denied) == [("permission", "CAP_DAC_READ_SEARCH")]


@requires_program("ovsdb-server")
def test_what_this_machines_switch_writes(tmp_path: Path) -> None:
    database = write(tmp_path)
    (tmp_path / "etc/openvswitch").mkdir(parents=True)
    shutil.move(database, tmp_path / "etc/openvswitch/conf.db")
    names = {row.name for row in look(tmp_path) if isinstance(row, SwitchTunnel)}
    assert names == {"vx-wuhan", "vx-xian", "vx-flow", "gre-psk", "gnv6", "ersp"}
