"""JUnit XML: valid by the schema that Jenkins' xUnit plug-in uses, counted right, nothing open shown as fine."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from auditor.model.scan import Scan
from reports import junit
from reports.document import document
from tests.reports import hostile, samples

etree: Any = pytest.importorskip("lxml.etree", reason="needs lxml (PyPI)")
SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).with_name("junit-10.xsd"))))
SCANS = ("mixed", "compliant", "unprivileged", "without_config", "nothing")


def tree(scan: Scan, languages: str = "both") -> Any:
    return etree.fromstring(junit.render(document(scan), languages).encode())


def case(root: Any, classname: str, name: str) -> Any:
    (found,) = [c for c in root.iter("testcase") if classname in c.get("classname") and c.get("name").startswith(name)]
    return found


@pytest.mark.parametrize("languages", ["both", "en", "zh"])
@pytest.mark.parametrize("name", SCANS)
def test_it_is_valid_and_the_counts_are_right(name: str, languages: str) -> None:
    root = tree(getattr(samples, name)(), languages)
    SCHEMA.assertValid(root)
    for node in (root, *root.iter("testsuite")):
        found = Counter(child.tag for c in node.iter("testcase") for child in c)
        assert int(node.get("tests")) == len(list(node.iter("testcase")))
        assert int(node.get("failures")) == found["failure"]
        assert int(node.get("errors")) == found["error"]
        assert int(node.get("skipped", found["skipped"])) == found["skipped"]
    names = [(c.get("classname"), c.get("name")) for c in root.iter("testcase")]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_hostile_text_keeps_it_valid(text: str) -> None:
    SCHEMA.assertValid(tree(hostile.hostile(text)))


def test_each_outcome_has_its_element() -> None:
    root = tree(samples.mixed())
    assert [(c.tag, c.get("type")) for c in case(root, "t-5e6f7a8b9c0d", "X-01")] == [("failure", "fail")]
    assert [(c.tag, c.get("type")) for c in case(root, "t-1b2c3d4e5f60", "X-01")] == [("failure", "review")]
    assert len(case(root, "t-3d2a9c41f0b7", "X-01")) == 0
    (accepted,) = case(root, "t-9f01c2d3e4a5", "X-01")
    assert (accepted.tag, accepted.get("type")) == ("skipped", "accepted")
    assert "W-2026-03" in accepted.text
    (advisory,) = case(root, "t-0c0c0c0c0c0c", "V-02")
    assert (advisory.tag, advisory.get("type")) == ("skipped", "advisory")
    (unread,) = case(root, "gw-sha-01.coverage", "xfrm (blue)")
    assert (unread.tag, unread.get("type")) == ("error", "permission")
    (acknowledged,) = case(root, "gw-sha-01.coverage", "wireguard_uapi")
    assert acknowledged.tag == "skipped"
    failure = case(root, "t-5e6f7a8b9c0d", "X-01")[0]
    assert "OpenVPN tunnel tun0 to 198.51.100.77:1194" in failure.text
    assert "Lease the connection" in failure.text
    assert "登记中没有条目" in failure.get("message")


def test_a_verdict_that_no_control_explains_is_a_case_of_its_own() -> None:
    shown = document(samples.compliant())
    shown["tunnels"][0] = {**shown["tunnels"][0], "verdict": "needs_review"}
    root = etree.fromstring(junit.render(shown).encode())
    assert case(root, shown["tunnels"][0]["id"], "verdict")[0].get("type") == "needs_review"


def test_a_gateway_in_order_is_green_and_no_dot_cuts_a_class() -> None:
    root = tree(samples.compliant())
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert int(root.get("tests")) > 20
    assert all(c.get("classname").count(".") == 1 for c in root.iter("testcase"))
