"""What charon says becomes rows: recorded answers, identities of persons, hostile values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons import strongswan
from auditor.daemons.vici import Section, Wanted, parse_message
from auditor.model.rows import IkeChild, IkeSa
from tests.fixtures.vici import associations, sections
from tests.fixtures.vici.record import BRANCH_ID, GATEWAY_ID, PERSON


def test_site_to_site_association() -> None:
    assert associations("gateway")["branch-bj"] == IkeSa(
        name="branch-bj",
        state="ESTABLISHED",
        local="203.0.113.1",
        local_port=4500,
        remote="203.0.113.77",
        remote_port=4500,
        local_id="gw-sha-01.corp.example",
        remote_id="gw-bjs-01.corp.example",
        initiator=True,
        children=(
            IkeChild(
                name="lan",
                state="INSTALLED",
                mode="TUNNEL",
                local_prefixes=("10.8.0.0/24",),
                remote_prefixes=("10.30.0.0/24",),
                reqid=1,
            ),
        ),
        pid=40,
        remote_access=False,
    )


def test_person_at_the_far_end_has_no_identity() -> None:
    road = associations("gateway")["road"]
    assert (road.remote_access, road.remote_id, road.local_id) == (True, None, GATEWAY_ID)
    assert road.initiator is False
    assert PERSON not in repr(road)


def test_client_of_a_server_keeps_the_servers_identity() -> None:
    road = associations("laptop")["road"]
    assert (road.remote, road.remote_id, road.remote_access) == ("192.0.2.1", GATEWAY_ID, False)


def test_configured_connections() -> None:
    found = dict(sections("gateway-list-conns", strongswan.CONNECTION))
    assert set(found) == {"idle", "bypass", "branch-bj", "road"}
    assert strongswan.configured("bypass", found["bypass"], 40) == []
    (branch,) = strongswan.configured("branch-bj", found["branch-bj"], 40)
    assert (branch.state, branch.local, branch.remote) == ("CONFIGURED", "203.0.113.1", "203.0.113.77")
    assert (branch.local_id, branch.remote_id) == (GATEWAY_ID, BRANCH_ID)
    assert branch.children == (IkeChild("lan", "CONFIGURED", "TUNNEL"),)
    idle = strongswan.configured("idle", found["idle"], 40)
    assert [(row.remote, row.remote_name) for row in idle] == [("198.51.100.7", None), (None, "hub.example.net")]
    assert {(row.local, row.local_id, row.remote_id) for row in idle} == {(None, None, "hub.example.net")}
    (road,) = strongswan.configured("road", found["road"], 40)
    assert (road.remote, road.remote_name, road.remote_access, road.remote_id) == (None, None, True, None)


@pytest.mark.parametrize(
    ("identity", "kept"),
    [
        ("gw.corp.example", True),
        ("@gw.corp.example", True),
        ("192.0.2.1", True),
        ("moon", True),
        ("C=CN, O=Acme, CN=gw.corp.example", True),
        ("zhangsan@corp.example", False),
        ("C=CN, O=Acme, CN=Zhang San, E=zhangsan@corp.example", False),
        ("C=CN, O=Acme, UID=zhangsan", False),
        ("emailAddress = x, CN=gw", False),
        ("CN=a/UID=b", False),
        ("%any", False),
        ("", False),
    ],
)
def test_identity_of_a_person_is_dropped(identity: str, kept: bool) -> None:
    section = Section({"local-id": identity, "remote-id": identity}, {}, {})
    sa = strongswan.ike_sa("n", section, 1)
    assert (sa.local_id, sa.remote_id) == ((identity, identity) if kept else (None, None))


def test_selectors_become_prefixes() -> None:
    selectors = (
        "10.1.0.0/16[tcp/443]",
        "10.98.0.5..10.98.0.9",
        "dynamic",
        "fd00::/8",
        "x..y",
        "10.1.0.0/16",
        "fd00::..10.0.0.1",
    )
    child = Section({"if-id-out": "0000002a", "reqid": "x"}, {"remote-ts": selectors}, {})
    (row,) = strongswan.ike_sa("n", Section({}, {}, {"child-sas": Section({}, {}, {"c-1": child})}), 1).children
    assert row.remote_prefixes == ("10.1.0.0/16", "10.98.0.5/32", "10.98.0.6/31", "10.98.0.8/31", "fd00::/8")
    assert (row.name, row.if_id, row.reqid) == ("c-1", 42, None)


def element(kind: int, name: str, *values: bytes) -> bytes:
    """Return one key (3), list (4) or section (1) of a message."""
    head = bytes((kind, len(name.encode()))) + name.encode()
    if kind == 3:
        return head + len(values[0]).to_bytes(2) + values[0]
    if kind == 4:
        return head + b"".join(b"\x05" + len(value).to_bytes(2) + value for value in values) + b"\x06"
    return head + b"".join(values) + b"\x02"


TEXTS = st.sampled_from(
    [b"", b"yes", b"203.0.113.1", b"\xff\xfe", b"%any", b"1e999", b"-1", b"10.0.0.0/8[tcp]", b"\x1b[2J"]
)


@given(
    st.dictionaries(st.sampled_from(sorted(strongswan.SA.values | strongswan.SA.noted)), TEXTS),
    st.dictionaries(
        st.sampled_from(["local-ts", "remote-ts", "remote-vips", "local_addrs", "remote_addrs"]), st.lists(TEXTS)
    ),
)
def test_mapping_meets_any_values(values: dict[str, bytes], lists: dict[str, list[bytes]]) -> None:
    inner = b"".join(element(3, key, value) for key, value in values.items())
    inner += b"".join(element(4, key, *items) for key, items in lists.items())
    outer = inner + element(1, "child-sas", element(1, "c", inner)) + element(1, "children", element(1, "c", inner))
    wanted = Wanted(strongswan.SA.values | strongswan.CONNECTION.values, strongswan.SA.noted)
    section = parse_message(outer, wanted)
    assert len(strongswan.ike_sa("n", section, 1).children) == 1
    strongswan.configured("n", section, 1)


def test_a_peer_with_a_network_behind_it_is_a_site_even_with_an_address_from_the_pool() -> None:
    def peer(*selectors: str) -> IkeSa:
        child = Section(values={"name": "net"}, lists={"remote-ts": selectors}, sections={})
        children = Section(values={}, lists={}, sections={"net-1": child})
        values = {"remote-host": "203.0.113.9", "remote-vips": "", "remote-id": "gw.sg"}
        return strongswan.ike_sa("sg", Section(values=values, lists={}, sections={"child-sas": children}), 40)

    assert peer("10.99.0.7/32").remote_access
    assert not peer("10.99.0.7/32", "10.2.0.0/16").remote_access
    assert peer("10.99.0.7/32", "10.2.0.0/16").remote_id is None
