"""A stored report.json gives the same reports again; what is wrong in it is told with file and field."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from auditor import __version__
from auditor.errors import InputError
from reports import FORMATS, json_v1, stored
from reports.document import document
from reports.json_v1 import schema
from reports.validate import Validator
from tests.reports import hostile, samples
from tests.reports.test_json_v1 import BROKEN, Change

TEXTS = [name for name in FORMATS if name != "pdf"]
SCANS = ("mixed", "compliant", "unprivileged", "without_config", "nothing")


def saved(shown: dict[str, Any], tool: str = __version__) -> bytes:
    versions = {**shown["versions"], "tool": tool}
    return json_v1.render({**shown, "versions": versions}).encode()


def problems(content: bytes) -> list[str]:
    with pytest.raises(InputError) as caught:
        stored.read(content, "r.json")
    assert all(problem.startswith("r.json:") for problem in caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize("name", SCANS)
def test_every_format_is_the_same_again(name: str) -> None:
    shown = document(getattr(samples, name)())
    again = stored.read(saved(shown, shown["versions"]["tool"]), "r.json")
    for form in TEXTS:
        assert FORMATS[form].render(again) == FORMATS[form].render(shown), form


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_hostile_reports_are_read_and_as_inert(text: str) -> None:
    shown = document(hostile.hostile(text))
    shown["status"], shown["exit_code"] = "critical", 2
    again = stored.read(saved(shown), "r.json")
    for form in TEXTS:
        assert FORMATS[form].render(again) == FORMATS[form].render({**shown, "versions": again["versions"]}), form


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_what_the_schema_refuses_is_refused_with_its_field(change: Change) -> None:
    broken = copy.deepcopy(document(samples.mixed()))
    broken["versions"]["tool"] = __version__
    change(broken)
    assert problems(json.dumps(broken).encode())


WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a port": (lambda d: d["tunnels"][0]["remotes"][0].update(port=70000), "tunnels[0].remotes[0].port: 70000 is not"),
    "a type": (lambda d: d["tunnels"][2].update(name=None), "tunnels[2].name: must be string"),
    "true as a number": (lambda d: d.update(exit_code=True), "exit_code: "),
    "a word": (lambda d: d.update(status="fine"), "status: 'fine' is not one of"),
    "a control that is none": (
        lambda d: d["tunnels"][0]["results"][0].update(control="Z-99"),
        "results: control 'Z-99' is not in controls",
    ),
    "an id twice": (lambda d: d["tunnels"][1].update(id=d["tunnels"][0]["id"]), "an id is there twice"),
    "another exit code": (lambda d: d.update(exit_code=0), "exit_code: is not that of status"),
    "a milder status": (lambda d: d.update(status="ok", exit_code=0), "status: ok, but"),
    "a status that hides a gap": (lambda d: d.update(status="warning", exit_code=1), "status: milder than unknown"),
    "a moment without offset": (
        lambda d: d["scan"].update(started_at="2026-11-23T14:05:09"),
        "scan.started_at: '2026-11-23T14:05:09' is no date-time",
    ),
    "a tunnel in the wrong list": (lambda d: d["objects"].append(d["tunnels"].pop()), "kind: tunnel is not for this"),
    "a tunnel without an owner": (lambda d: d["tunnels"][0].update(owner=None), "tunnels[0].owner: is missing, but"),
    "a null where none may be": (lambda d: d["tunnels"][0].update(verdict=None), "tunnels[0].verdict: None is not one"),
    "a hostile field": (lambda d: d.update({"\x1b[31m\u202e": 1}), "\\x1b[31m[U+202E]: is not a field"),
}


@pytest.mark.parametrize(("change", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_told(change: Callable[[dict[str, Any]], object], words: str) -> None:
    broken = json.loads(saved(document(samples.mixed())))
    change(broken)
    told = problems(json.dumps(broken).encode())
    assert any(words in problem for problem in told), told
    assert all(problem.isprintable() for problem in told)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "r.json:1: syntax: "),
        (b"{\n\n,", "r.json:3: syntax: "),
        (b"[]", "r.json: not a report"),
        (b"{}", "r.json: schema_version: missing"),
        (b'{"schema_version": "2.0"}', "this release reads version 1"),
        (b'{"schema_version": {"a": 1}}', "this release reads version 1"),
        (b'{"a": "\xff"}', "r.json:1: encoding: not UTF-8"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5000, "r.json: syntax: "),
        (b'{"schema_version": "1.0"}', "is missing"),
    ],
)
def test_what_is_no_report_is_refused(content: bytes, words: str) -> None:
    assert words in "\n".join(problems(content))


def test_a_number_too_large_is_refused() -> None:
    text = saved(document(samples.mixed())).decode().replace('"duration_s": 0.412', '"duration_s": 1e999')
    assert "scan.duration_s: is too large a number" in "\n".join(problems(text.encode()))


def test_a_report_of_another_release_may_have_more_and_may_lack_what_can_be_null() -> None:
    old = json.loads(saved(document(samples.mixed()), "0.0.9"))
    old["new_field"] = {"a": [1]}
    old["tunnels"][0]["later"] = "x"
    del old["tunnels"][0]["alias"]
    read = stored.read(json.dumps(old).encode(), "r.json")
    assert read["tunnels"][0]["alias"] is None
    for form in TEXTS:
        assert FORMATS[form].render(read)
    del old["blind_spots"]
    assert problems(json.dumps(old).encode()) == ["r.json: blind_spots: is missing"]


def test_secrets_planted_in_a_stored_report_are_removed() -> None:
    key = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
    planted = json.loads(saved(document(samples.mixed()), "0.0.9"))
    planted["tunnels"][0]["private_key"] = key
    planted["tunnels"][0]["witnesses"][0]["says"] = f"PrivateKey = {key}"
    read = stored.read(json.dumps(planted).encode(), "r.json")
    for form in TEXTS:
        assert key not in FORMATS[form].render(read), form


def test_our_validator_and_a_full_one_agree() -> None:
    ours, theirs = Validator(schema(), exact=True), Draft202012Validator(schema())
    good = json.loads(saved(document(samples.mixed())))
    assert ours.problems(good, 5) == []
    for change in BROKEN.values():
        broken = copy.deepcopy(good)
        change(broken)
        assert bool(ours.problems(broken, 5)) == bool(list(theirs.iter_errors(broken)))


def test_a_keyword_that_is_not_supported_is_never_ignored() -> None:
    with pytest.raises(ValueError, match="uniqueItems"):
        Validator({"type": "array", "uniqueItems": True}, exact=True)


def leaves(node: Any, path: tuple[str | int, ...] = ()) -> dict[tuple[str, ...], tuple[str | int, ...]]:
    """Return one path to each different field of a document."""
    found: dict[tuple[str, ...], tuple[str | int, ...]] = {}
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        found[(*(part for part in path if isinstance(part, str)), str(key) if isinstance(node, dict) else "[]")] = (
            *path,
            key,
        )
        for name, place in leaves(child, (*path, key)).items():
            found.setdefault(name, place)
    return found


def test_whatever_one_field_holds_it_is_refused_or_rendered() -> None:
    good = json.loads(saved(document(samples.compliant())))
    accepted = refused = 0
    for path in leaves(good).values():
        owner = good
        for key in path[:-1]:
            owner = owner[key]
        kept = owner[path[-1]]
        word = isinstance(kept, str) and kept.replace("_", "").isalpha() and kept.islower()
        for value in (None, "zzz") if word else (None,):
            owner[path[-1]] = value
            try:
                read = stored.read(json.dumps(good).encode(), "r.json")
            except InputError:
                refused += 1
            else:
                accepted += 1
                for form in TEXTS:
                    assert FORMATS[form].render(read), (form, path, value)
        owner[path[-1]] = kept
    assert accepted > 40
    assert refused > 200
