"""kcptun, ptunnel and httptunnel: far and near ends of their arguments, and no key."""

from pathlib import Path

import pytest

from auditor.daemons import carriers
from auditor.daemons.readers import Reader
from tests.auditor.daemons.made import SECRET, Daemon, ends


@pytest.mark.parametrize(
    ("reader", "program", "given", "expected"),
    [
        (
            carriers.read_kcptun,
            "kcptun-client",
            ["-r", "192.0.2.9:29900-29999", "-l", "127.0.0.1:12948", "--key", SECRET],
            ("client", "127.0.0.1", 12948, [("192.0.2.9", 29900, "udp")]),
        ),
        (
            carriers.read_kcptun,
            "kcptun-client",
            ["--remoteaddr=[2001:db8::1]:1"],
            ("client", None, 12948, [("2001:db8::1", 1, "udp")]),
        ),
        (carriers.read_kcptun, "kcptun-server", ["-t", "192.0.2.8:22", "-l", ":4000"], ("server", None, 4000, [])),
        (
            carriers.read_ptunnel,
            "ptunnel",
            ["-p", "p.example", "-lp", "8000", "-da", "10.0.0.1", "-dp", "22", "-x", SECRET],
            ("client", None, 8000, [("p.example", None, "icmp")]),
        ),
        (
            carriers.read_ptunnel,
            "ptunnel-ng",
            ["-p192.0.2.9", "-l8001", "-r10.0.0.1", f"-P{SECRET}"],
            ("client", None, 8001, [("192.0.2.9", None, "icmp")]),
        ),
        (carriers.read_ptunnel, "ptunnel-ng", ["--magic=1"], ("server", None, None, [])),
        (
            carriers.read_httptunnel,
            "htc",
            ["-w", "-F", "2323", "h.example:8080"],
            ("client", None, 2323, [("h.example", 8080, "tcp")]),
        ),
        (
            carriers.read_httptunnel,
            "htc",
            ["--forward-port=23", "-P", "p.example:3128", "-A", f"me:{SECRET}", "h.example"],
            ("client", None, 23, [("p.example", 3128, "tcp")]),
        ),
        (carriers.read_httptunnel, "hts", ["-F", "localhost:22", "8000"], ("server", None, 8000, [])),
        (carriers.read_httptunnel, "hts", ["-F", "localhost:22"], ("server", None, 8888, [])),
    ],
)
def test_ends(tmp_path: Path, reader: Reader, program: str, given: list[str], expected: object) -> None:
    row = Daemon(tmp_path, f"/usr/bin/{program}", *given).one(reader)
    assert (row.role, row.local, row.local_port, ends(row)) == expected


def test_a_kcptun_that_is_set_up_by_a_file_is_left_to_its_sockets(tmp_path: Path) -> None:
    assert Daemon(tmp_path, "/usr/bin/kcptun-client", "-c", "/etc/k.json").read(carriers.read_kcptun) == []
