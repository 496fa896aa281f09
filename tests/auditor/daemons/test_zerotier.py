"""ZeroTier's networks by the names of its files, devices as its source makes them."""

from pathlib import Path

from auditor.daemons.zerotier import device_of, parse_devices, read
from tests.auditor.daemons.made import SECRET, told

PUBLIC, OWN, OTHER = "8056c2e21c000001", "a4de2130c2abcdef", "17d709436c000002"


def test_device_names_are_those_of_the_daemon() -> None:
    assert device_of(PUBLIC) == "ztmjfmfyq5"  # as hosts in ZeroTier's public network "Earth" call it
    assert device_of("0000000000000000") == "ztaaaaaaaa"


def test_each_network_has_its_device(tmp_path: Path) -> None:
    home = "/var/lib/zerotier-one"
    files = {f"{home}/networks.d/{one}.conf": SECRET for one in (PUBLIC, OWN, OTHER)} | {
        f"{home}/networks.d/{PUBLIC}.local.conf": "allowManaged=1\n",
        f"{home}/networks.d/x.conf": "",
        f"{home}/devicemap": f"{OWN}=lan7\nnonsense\n{OTHER}=gone0\n",
        f"{home}/authtoken.secret": SECRET,
        f"{home}/identity.secret": SECRET,
    }
    rows, gaps = told(tmp_path, read, ["-U", "-p9993"], files, held=("lan7", device_of(PUBLIC)))
    assert gaps == []
    assert [(row.source.rpartition("/")[2], row.device, row.role, row.remotes) for row in rows] == [
        (f"{OTHER}.conf", None, "p2p", ()),
        (f"{PUBLIC}.conf", device_of(PUBLIC), "p2p", ()),
        (f"{OWN}.conf", "lan7", "p2p", ()),
    ]


def test_another_home_and_one_that_is_not_there(tmp_path: Path) -> None:
    rows, _ = told(tmp_path, read, ["/srv/zt"], {f"/srv/zt/networks.d/{OWN}.conf": ""})
    assert len(rows) == 1
    assert told(tmp_path, read, []) == ([], ["reader: No such file or directory"])


def test_a_map_of_any_bytes_is_read() -> None:
    assert parse_devices([b"\xff=\n", b"8056c2e21c000001=\n", b"8056c2e21c000001=a b\n", b"=x\n"]) == {}
