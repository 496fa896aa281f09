"""Databases of Open vSwitch as its own programs wrote them, and every form that they must not have."""

import contextlib
import json
import traceback
from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.openvswitch import Interface, parse_database, tunnels
from auditor.errors import ParseError
from auditor.model.rows import SwitchTunnel
from tests.fixtures.openvswitch.record import PSK
from tests.probes.recorded import FIXTURES

RECORDED = (FIXTURES / "openvswitch/conf.db").read_bytes()
SCHEMA = {"name": "Open_vSwitch"}


def log(*records: object) -> list[bytes]:
    """Return the lines of a log of `records`, the schema first."""
    lines = []
    for record in (SCHEMA, *records):
        body = json.dumps(record).encode() + b"\n"
        lines += [b"OVSDB JSON %d %s\n" % (len(body), sha1(body).hexdigest().encode()), body]
    return lines


def interface(*, difference: bool = False, **columns: object) -> dict[str, object]:
    return {"_is_diff": difference, "Interface": {"u-1": columns}}


def leaks(secret: str, error: BaseException) -> bool:
    """Return whether anything that is shown of `error` holds the start of `secret`."""
    return secret[:8] in "".join(traceback.format_exception(error)) + repr(vars(error))


def ports(lines: list[bytes]) -> list[SwitchTunnel]:
    return tunnels(parse_database(lines), 7, "conf.db")[0]


def test_what_the_switch_itself_wrote() -> None:
    rows = ports(RECORDED.splitlines(keepends=True))
    assert {(row.name, row.technology, row.remote, row.local, row.port, row.key, row.protected) for row in rows} == {
        ("vx-wuhan", "vxlan", "203.0.113.66", "198.51.100.1", 4789, 100, False),  # changed later
        ("vx-xian", "vxlan", "203.0.113.61", None, 4790, None, False),  # its key was removed
        ("vx-flow", "vxlan", None, None, 4789, None, False),
        ("gre-psk", "gre", "203.0.113.62", None, None, None, True),
        ("gnv6", "geneve", "2001:db8:c::63", None, 6081, 7, False),
        ("ersp", "erspan", "203.0.113.64", None, None, 5, False),
    }


def test_no_secret_leaves_the_parser() -> None:
    assert PSK.encode() in RECORDED, "the recording lost its secret"
    rows = parse_database(RECORDED.splitlines(keepends=True))
    assert PSK not in repr(rows)
    assert PSK not in repr(ports(RECORDED.splitlines(keepends=True)))


def test_a_compacted_database_holds_whole_rows() -> None:
    whole = interface(name="v", type="vxlan", options=["map", [["remote_ip", "192.0.2.1"], ["psk", "x"]]])
    again = interface(options=["map", [["remote_ip", "192.0.2.1"]]])
    (row,) = ports(log(whole, again))
    assert (row.remote, row.protected) == ("192.0.2.1", False)
    (kept,) = ports(log(whole, interface(difference=True, type="geneve")))
    assert (kept.technology, kept.remote, kept.protected) == ("geneve", "192.0.2.1", True)


def test_types_that_are_not_known_are_told() -> None:
    rows, unknown = tunnels([Interface("a", "patch"), Interface("b", "quic"), Interface("c", "")], None, "x")
    assert (rows, unknown) == ([], ["quic"])


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ([], 0),
        ([b"SQLite format 3\n"], 1),
        ([b"OVSDB CLUSTER 3 " + b"0" * 40 + b"\n", b"{}\n"], 1),
        (log()[:1], 1),
        (log({})[:3], 3),
        ([*log()[:1], b"{}\n"], 2),
        (log(interface(options=["set", []])), 4),
        (log(interface(options=5)), 4),
        (log({"Interface": [1]}), 4),
        (log({"Interface": {"u": 5}}), 4),
        (log([1]), 4),
    ],
)
def test_logs_of_another_form_are_refused_with_the_line(lines: list[bytes], line: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse_database(lines)
    assert f"line {line}:" in str(caught.value)


def test_no_error_quotes_the_database() -> None:
    for cut in range(0, len(RECORDED), 97):
        with contextlib.suppress(ParseError):  # between two records the log is whole
            parse_database(RECORDED[:cut].splitlines(keepends=True))
            continue
        with pytest.raises(ParseError) as caught:
            parse_database(RECORDED[:cut].splitlines(keepends=True))
        assert not leaks(PSK, caught.value)
    with pytest.raises(ParseError):
        parse_database(log()[:1] + [b"[" * 14 + b"]" * 8 + b"\n"])


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_any_bytes_are_refused_or_harmless(lines: list[bytes]) -> None:
    try:
        parse_database(lines)
    except ParseError:
        return
