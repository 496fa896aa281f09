"""The last look: nothing secret is written, broken text is mended, and the rest stays as it is."""

import json

import pytest

from auditor.model.judgement import Outcome
from reports.document import document
from reports.guard import guarded
from tests.reports import samples

PRIVATE = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
CLEAN = {"notices": [], "tunnels": [{"interface": "wg0", "family": "network_tunnel", "remotes": []}]}


def test_a_clean_document_is_not_touched() -> None:
    whole, result = guarded(CLEAN)
    assert whole is CLEAN
    assert (result.control, result.outcome) == ("A-01", Outcome.PASS)


@pytest.mark.parametrize(
    "value",
    [
        PRIVATE,
        f"PrivateKey = {PRIVATE}",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nabc",
        "psk=hunter2hunter2",
        "52:54:00:12:34:56",
        "someone@example.com",
    ],
)
def test_secrets_are_removed_wherever_they_stand(value: str) -> None:
    whole, result = guarded({"notices": [], "witnesses": [{"says": value, "deep": [[{"x": value}]]}]})
    assert "[removed]" in json.dumps(whole)
    for part in ("hunter2", PRIVATE, "BEGIN OPENSSH", "52:54:00", "someone@"):
        assert part not in json.dumps(whole)
    assert "removed before writing" in whole["notices"][0]["en"]
    assert "says" in whole["notices"][0]["en"]
    assert result.outcome is Outcome.PASS


def test_forbidden_fields_are_dropped() -> None:
    whole, result = guarded({"notices": [], "owner": {"pid": 1, "cmdline": "openvpn --auth-user-pass x"}})
    assert whole["owner"] == {"pid": 1}
    assert result.outcome is Outcome.PASS


def test_a_public_key_in_its_place_may_be_repeated() -> None:
    given = {"notices": [], "remotes": [{"identity": PRIVATE}], "says": f"peer {PRIVATE}"}
    whole, _ = guarded(given)
    assert whole == given


def test_addresses_of_people_are_taken_out() -> None:
    given = {"notices": [], "family": "remote_access", "remotes": [{"address": "198.51.100.9"}]}
    whole, _ = guarded(given)
    assert "198.51.100.9" not in json.dumps(whole)


def test_text_that_utf_8_cannot_hold_is_mended() -> None:
    whole, _ = guarded({"notices": [], "interface": "a\udcffb", "list": ["\udc80"]})
    assert (whole["interface"], whole["list"]) == ("a\\xffb", ["\\x80"])


def test_sample_documents_pass_as_they_are() -> None:
    for scan in (samples.mixed(), samples.compliant(), samples.unprivileged(), samples.without_config()):
        assert not any("removed" in notice["en"] for notice in document(scan)["notices"])
