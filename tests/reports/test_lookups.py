"""What was asked of others is in every format: what, of whom, when, and what became of it; nothing where nobody was."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from auditor.model.lookup import Lookup, Lookups, Outcome, Purpose, Question, Refusal, Reply, Validation
from auditor.model.register import LookupSettings
from auditor.model.scan import Scan
from reports import html, text
from reports.document import document
from reports.json_v1 import render
from tests.reports import samples
from tests.reports.page import Page
from tests.reports.sample_register import NOW
from tests.reports.test_json_v1 import errors

RESOLVERS = ("192.0.2.53", "[2001:db8::53]:5353")


def asked(name: str, type_: str, reply: Reply, purpose: Purpose = Purpose.ADDRESS) -> Lookup:
    moment = None if reply.outcome is Outcome.NOT_ASKED else NOW + timedelta(seconds=1)
    return Lookup(
        question=Question(purpose, "198.51.100.77", name, type_), reply=reply, asked_at=moment, duration_s=0.0123
    )


def scan(*found: Lookup) -> Scan:
    base = samples.mixed()
    return replace(
        base,
        config=replace(base.config, lookups=LookupSettings(enabled=True, reverse=True)),
        lookups=Lookups(enabled=True, resolvers=RESOLVERS, asked=found),
    )


ANSWERED = asked(
    "gate.example.net",
    "A",
    Reply(
        outcome=Outcome.ANSWERED,
        values=("198.51.100.77", "198.51.100.78"),
        ttl_s=300,
        chain=("front.example.net",),
        validation=Validation.VALIDATED,
        resolvers=RESOLVERS,
    ),
)
FAILED = asked("gate.example.net", "AAAA", Reply(outcome=Outcome.TIMEOUT, resolvers=RESOLVERS[:1]))
REFUSED = asked("gateway", "A", Reply(outcome=Outcome.NOT_ASKED, refusal=Refusal.SINGLE_LABEL))
REVERSE = asked(
    "77.100.51.198.in-addr.arpa",
    "PTR",
    Reply(outcome=Outcome.ANSWERED, values=("<b>x.example.net",), ttl_s=0, resolvers=RESOLVERS[:1]),
    Purpose.REVERSE,
)


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    return document(scan(ANSWERED, FAILED, REFUSED, REVERSE))


def test_the_json_report_holds_every_question_with_its_answer(shown: dict[str, Any]) -> None:
    written = json.loads(render(shown))
    assert errors(written) == []
    found = written["lookups"]
    assert (found["enabled"], found["reverse"], found["origin"], found["asked"]) == (True, True, False, 3)
    assert found["resolvers"] == list(RESOLVERS)
    first, failed, refused, _ = found["questions"]
    assert first == {
        "purpose": "address",
        "about": "198.51.100.77",
        "name": "gate.example.net",
        "type": "A",
        "resolvers": list(RESOLVERS),
        "asked_at": "2026-11-23T14:05:10+08:00",
        "duration_s": 0.012,
        "outcome": "answered",
        "outcome_label": {"en": "answered", "zh": "已应答"},
        "answers": ["198.51.100.77", "198.51.100.78"],
        "answers_left_out": 0,
        "aliases": ["front.example.net"],
        "ttl_s": 300,
        "dnssec": "validated",
        "dnssec_label": {"en": "validated by the resolver", "zh": "解析器已验证"},
    }
    assert (failed["outcome"], failed["ttl_s"], failed["dnssec"]) == ("timeout", None, "unknown")
    assert (refused["asked_at"], refused["resolvers"]) == (None, [])
    assert found["summary"]["en"] == (
        "3 question(s) were asked of 192.0.2.53, [2001:db8::53]:5353: 2 settled, 1 more not asked."
    )


def test_the_page_has_a_section_that_a_reader_can_find(shown: dict[str, Any]) -> None:
    page = Page(html.render(shown))
    section = page.one("section", id="lookups").words
    for words in (
        *("gate.example.net", "198.51.100.78", "front.example.net", "holds for 300 s", "validated by the resolver"),
        *("no answer in time", "未在时限内应答", "not asked: a single label", "nobody", "<b>x.example.net"),
        *("learnt the names and addresses", "得知本网关对端的名称和地址", "namespace that the audit runs in"),
    ):
        assert words in section
    assert page.all("a", href="#lookups")
    assert not page.all("b", class_="x.example.net")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Questions asked of others: 3 question(s)", "gateway A -> not asked: a single label", "TTL 300")),
        ("zh", ("向外部提出的查询", "gateway A -> 未查询", "TTL 300", "解析器已验证")),
    ],
)
def test_the_summary_lists_them(shown: dict[str, Any], language: str, words: tuple[str, ...]) -> None:
    written = text.render(shown, language)
    for one in words:
        assert one in written


def test_the_summary_is_short_however_many_there_are() -> None:
    written = text.render(document(scan(*[ANSWERED] * 50)))
    assert written.count("gate.example.net A") == 8
    assert "42" in written.partition("Questions asked of others")[2]


def test_names_only_tell_names_only() -> None:
    assert "learnt the names of far ends" in document(scan(ANSWERED))["lookups"]["privacy"]["en"]
    assert document(scan(REFUSED))["lookups"]["privacy"] is None


def test_with_look_ups_off_no_format_speaks_of_them() -> None:
    shown = document(samples.mixed())
    assert shown["lookups"] == {
        **{"enabled": False, "reverse": False, "origin": False, "resolvers": [], "resolvers_from": None, "asked": 0},
        **{"summary": None, "privacy": None, "questions": []},
    }
    page = Page(html.render(shown))
    assert not page.all("section", id="lookups")
    assert not page.all("a", href="#lookups")
    assert "Questions asked" not in text.render(shown)
