"""Sites in an OpenVPN server's status file: what a running server wrote, in each version of the file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.openvpn_status import parse_sites
from auditor.model.rows import NamedEnd

FIXTURES = Path(__file__).parents[2] / "fixtures" / "openvpn"
PERSON = "198.51.100.77"
ROUTES = (
    "10.31.0.0/16,branch-bj,203.0.113.26:1312",
    "10.49.0.2,branch-bj,203.0.113.26:1312",
    f"10.49.0.3C,li.si,{PERSON}:35200",
    f"10.49.0.4/32,wang.wu,{PERSON}:35200",
    f"2001:db8:1::5/128,wang.wu,{PERSON}:35200",
    f"02:00:00:00:00:01,li.si,{PERSON}:35200",
    "2001:db8:2::/64,branch-gz,2001:db8:c::26",
    "10.32.0.0/16,branch-gz,2001:db8:c::26",
    "10.33.0.0/16,branch-sh,::ffff:203.0.113.27",
    "10.34.0.0/16,branch-sz,tcp6-server:[2001:db8:c::28]:1194",
    "10.35.0.0/16,loop,127.0.0.1:5",
)
SITES = (
    NamedEnd("203.0.113.26", 1312, "udp"),
    NamedEnd("2001:db8:c::26", None, "udp"),
    NamedEnd("203.0.113.27", None, "udp"),
    NamedEnd("2001:db8:c::28", 1194, "udp"),
)


def status(version: int) -> list[bytes]:
    """Return a status file of a real server with the routes put in."""
    raw = (FIXTURES / f"server-status-{version}.txt").read_bytes().splitlines(keepends=True)
    start = next(at for at, line in enumerate(raw) if b"Virtual Address,Common Name" in line.replace(b"\t", b","))
    prefix, mark = ("", ",") if version == 1 else ("ROUTING_TABLE,", ",") if version == 2 else ("ROUTING_TABLE\t", "\t")
    made = [f"{prefix}{route.replace(',', mark)}{mark}2026-11-25 02:05:01\n".encode() for route in ROUTES]
    return [*raw[: start + 1], *made, *raw[start + 1 :]]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_only_clients_with_a_network_behind_them_are_sites(version: int) -> None:
    found = parse_sites(status(version), "udp")
    assert found == SITES
    assert PERSON not in repr(found)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_server_of_people_has_no_sites(version: int) -> None:
    lines = (FIXTURES / f"server-status-{version}.txt").read_bytes().splitlines(keepends=True)
    assert parse_sites(lines, "udp") == ()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_beginning_of_a_file_names_no_person(version: int) -> None:
    raw = b"".join(status(version))
    for length in range(0, len(raw), 3):
        assert "198.51" not in repr(parse_sites(raw[:length].splitlines(keepends=True), "udp"))


@given(st.binary(max_size=200))
def test_any_bytes_are_read(raw: bytes) -> None:
    parse_sites([b"Virtual Address,Common Name,Real Address\n", *raw.splitlines(keepends=True)], "tcp")
    parse_sites([b"ROUTING_TABLE," + raw, b"ROUTING_TABLE\t" + raw], None)
