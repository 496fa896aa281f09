"""NPS: the server of a client by arguments or file, the bridge of a server."""

from pathlib import Path

from auditor.daemons.nps import read
from tests.auditor.daemons.made import SECRET, Daemon, ends


def test_a_client_by_arguments(tmp_path: Path) -> None:
    row = Daemon(tmp_path, "/usr/bin/npc", "-server=a.example:8024", f"-vkey={SECRET}", "-type=tcp").one(read)
    assert (row.role, ends(row)) == ("client", [("a.example", 8024, "tcp")])


def test_a_client_by_file(tmp_path: Path) -> None:
    content = f"[common]\nserver_addr=192.0.2.9\nvkey={SECRET}\n"
    row = Daemon(tmp_path, "/usr/bin/npc", "-config", "/npc.conf").write("/npc.conf", content).one(read)
    assert ends(row) == [("192.0.2.9", 8024, "tcp")]


def test_a_server(tmp_path: Path) -> None:
    content = f"bridge_type=tcp\nbridge_port=8025\nbridge_ip=0.0.0.0\nauth_key={SECRET}\nweb_password={SECRET}\n"
    row = Daemon(tmp_path, "/usr/bin/nps").write("/etc/nps/conf/nps.conf", content).one(read)
    assert (row.role, row.local_port, row.remotes) == ("server", 8025, ())
