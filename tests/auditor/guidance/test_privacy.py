import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.guidance.privacy import REMOVED, forbidden_fields, without_forbidden

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(range(1, 33))).decode()


@pytest.mark.parametrize(
    "name",
    [
        *("private_key", "privateKey", "wg-private-key", "preshared_key", "psk", "ike_psk", "password", "userPassword"),
        *("cmdline", "command_line", "argv", "args", "environ", "mac", "client_mac", "macAddress", "hwaddr", "serial"),
        *("user", "username", "user_name", "login", "email", "e_mail", "subject", "common_name", "token", "api_key"),
        *("url", "sni", "dns_queries", "payload", "client_address", "connected_since", "secret"),
    ],
)
def test_forbidden_names(name: str) -> None:
    assert forbidden_fields({"a": [{name: None}]}) == [f"a[0].{name}: forbidden field"]


@pytest.mark.parametrize(
    "name",
    [
        *("user_record", "public_key", "macsec", "clients", "peers_count", "owner", "program", "path", "address"),
        *("identity", "interface", "alias", "sha256", "transport", "technology", "mask", "keys", "commands", "recheck"),
    ],
)
def test_names_that_a_report_needs(name: str) -> None:
    assert forbidden_fields({name: "x"}) == []


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (KEY, "looks like a key"),
        (f"peer {KEY} seen", "looks like a key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nabc", "looks like a private key"),
        ("-----BEGIN OpenVPN Static key V1-----", "looks like a private key"),
        ("PrivateKey = abc", "looks like a secret"),
        ("--password=hunter2", "looks like a secret"),
        ("enc cbc(aes) 0x" + "ab" * 16, "looks like a key in hexadecimal"),
        ("link/ether 02:42:ac:11:00:02 brd", "looks like a MAC address"),
        ("02-42-AC-11-00-02", "looks like a MAC address"),
        ("li.wei@example.com", "looks like an e-mail address"),
    ],
)
def test_values_that_must_not_be_there(value: str, what: str) -> None:
    assert forbidden_fields({"note": value}) == [f"note: {what}"]
    assert value not in str(forbidden_fields({"note": value}))


@pytest.mark.parametrize(
    "value",
    [
        "openvpn-client@office.service",
        "2001:db8::1",
        "11:22:33:44:55:66:77:88",
        "::11:22:33:44:55:66",
        ":".join(["AB"] * 32),
        "ab" * 32,
        "gw.example.com",
        "private key: never read",
        "wg show wg0",
        "2026-11-23T10:11:12+08:00",
        "电路登记表",
    ],
)
def test_values_that_a_report_needs(value: str) -> None:
    assert forbidden_fields({"note": value}) == []


def test_a_public_key_may_stand_in_its_place_and_be_repeated() -> None:
    document = {
        "remotes": [{"identity": KEY}],
        "says": f"key {KEY}",
        "reasons": [{"observed": KEY, "registered": OTHER}],
    }
    assert forbidden_fields(document) == []
    assert forbidden_fields({"identity": KEY, "says": OTHER}) == ["says: looks like a key"]


def test_people_who_answer_for_an_exception_may_be_named() -> None:
    assert forbidden_fields({"waivers": [{"owner": "li@example.com", "approver": "wang@example.com"}]}) == []


def test_addresses_of_individual_clients() -> None:
    served = {"family": "remote_access", "remotes": [{"address": None}, {"address": "203.0.113.9"}]}
    assert forbidden_fields({"objects": [served]}) == ["objects[0].remotes[1].address: address of an individual client"]
    facts = {"tunnel_family": "remote_access", "remote_endpoint": "203.0.113.9"}
    assert forbidden_fields(facts) == ["remote_endpoint: address of an individual client"]
    assert forbidden_fields(facts | {"remote_endpoint": "aggregated"}) == []
    assert forbidden_fields(served | {"family": "network_tunnel"}) == []
    assert without_forbidden(served)["remotes"] == [{"address": None}, {"address": None}]


def test_allowed_list() -> None:
    document = {"version": 1, "tunnels": [{"id": "x", "colour": "red"}]}
    assert forbidden_fields(document, {"version", "tunnels", "id"}) == ["tunnels[0].colour: not on the allowed list"]


def test_cleaning_removes_only_what_is_forbidden() -> None:
    document = {"a": f"x {KEY} y", "mac": "z", "b": ["PrivateKey = abc", 1, None], "identity": OTHER}
    assert without_forbidden(document) == {"a": f"x {REMOVED} y", "b": [REMOVED, 1, None], "identity": OTHER}
    assert document["mac"] == "z"


PIECES = st.sampled_from(
    (KEY, OTHER, "=", " ", "psk = ", "02:42:ac:11:00:02", ":", "a@b.cc", "0x" + "0" * 32, "-----BEGIN PRIVATE KEY-----")
)
VALUES = st.lists(PIECES | st.text(max_size=5), max_size=5).map("".join) | st.integers() | st.none()
NAMES = st.sampled_from(("note", "identity", "owner", "mac", "remotes", "family", "address", "remote_endpoint"))
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    VALUES | st.just("remote_access"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)


@given(DOCUMENTS)
def test_nothing_is_found_in_a_cleaned_document(document: Any) -> None:
    cleaned = without_forbidden(document)
    assert forbidden_fields(cleaned) == []
    json.dumps(cleaned)
    if not forbidden_fields(document):
        assert cleaned == document
