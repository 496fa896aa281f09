"""What changed: nothing between equal reports, nothing lost between others, each change with its cause."""

import copy
import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.history.diff import SETTINGS, TOLD_ELSEWHERE, diff
from auditor.history.fields import COMPARED_TEXTS, is_text, left_out
from auditor.model.changes import Cause, Change, Kind, Subject
from reports import json_v1
from reports.document import document
from tests.reports import sample_history, samples

Document = dict[str, Any]
Path = tuple[str | int, ...]
WHOLE: Document = sample_history.plain(document(samples.mixed()))


def fresh() -> Document:
    return copy.deepcopy(WHOLE)


def one(old: Document, new: Document) -> Change:
    (change,) = diff(old, new).changes
    return change


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every plain value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in children:
        if isinstance(item, dict | list) and item:
            yield from leaves(item, (*path, key))
        else:
            yield (*path, key)


def compared(path: Path, root: Document) -> bool:
    """Return whether docs/report.md says that the value at `path` takes part in the comparison."""
    names = [step for step in path if isinstance(step, str)]
    if names[0] in TOLD_ELSEWHERE or any(left_out(name) for name in names):
        return False
    at: Any = root
    for number, step in enumerate(path):
        if is_text(at):
            owners = [name for name in path[:number] if isinstance(name, str)]
            wanted = {"reason"} if names[0] == "not_tunnels" else COMPARED_TEXTS
            return owners[-1] in wanted and step == "en"
        at = at[step]
    return not (path[-1] == "port" and isinstance(at, int) and at >= 32768)


LEAVES = sorted((path for path in leaves(WHOLE) if compared(path, WHOLE)), key=str)


def altered(document: Document, path: Path) -> Document:
    """Return a copy of `document` with another value at `path`."""
    made = copy.deepcopy(document)
    at: Any = made
    for step in path[:-1]:
        at = at[step]
    old = at[path[-1]]
    at[path[-1]] = (not old) if isinstance(old, bool) else old + 1 if isinstance(old, int | float) else f"{old or ''}x"
    return made


@pytest.mark.parametrize("name", ["mixed", "compliant", "unprivileged", "without_config", "nothing"])
def test_a_report_compared_with_itself_has_no_change(name: str) -> None:
    shown = sample_history.plain(document(getattr(samples, name)()))
    assert diff(shown, copy.deepcopy(shown)).changes == ()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LEAVES))
def test_no_value_can_change_unseen(path: Path) -> None:
    assert diff(WHOLE, altered(WHOLE, path)).changes, path


def test_there_are_many_values_to_change() -> None:
    tops = {path[0] for path in LEAVES}
    assert len(LEAVES) > 1000
    assert {"tunnels", "objects", "circuits", "waivers", "blind_spots", "not_tunnels", "providers", "verdict"} <= tops
    assert set(SETTINGS) - {"probes"} <= tops


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.sampled_from(LEAVES), min_size=1, max_size=6), st.sampled_from(["tunnels", "not_tunnels", "circuits"])
)
def test_changes_are_the_same_seen_from_the_other_side(paths: set[Path], shortened: str) -> None:
    new = WHOLE
    for path in paths:
        new = altered(new, path)
    new[shortened] = new[shortened][1:]
    there, back = diff(WHOLE, new), diff(new, WHOLE)
    turned = {Kind.NEW: Kind.GONE, Kind.GONE: Kind.NEW, Kind.CHANGED: Kind.CHANGED}
    assert {
        (turned[c.kind], c.subject, c.id, tuple((f.field, f.new, f.old) for f in c.fields)) for c in back.changes
    } == {(c.kind, c.subject, c.id, tuple((f.field, f.old, f.new) for f in c.fields)) for c in there.changes}


def shuffled(value: Any, at_random: random.Random, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: shuffled(item, at_random, key) for key, item in value.items()}
    if isinstance(value, list):
        items = [shuffled(item, at_random) for item in value]
        if name != "layers":
            at_random.shuffle(items)
        return items
    return value


@pytest.mark.parametrize("seed", range(5))
def test_order_makes_no_change(seed: int) -> None:
    assert diff(WHOLE, shuffled(WHOLE, random.Random(seed))).changes == ()


def test_the_order_of_layers_is_a_fact() -> None:
    old, new = fresh(), fresh()
    old["tunnels"][0]["layers"] = [{"technology": t, "door": "link"} for t in ("ipsec", "gre")]
    new["tunnels"][0]["layers"] = old["tunnels"][0]["layers"][::-1]
    assert [field.field for field in one(old, new).fields] == ["layers"]


MOMENTARY: dict[str, Callable[[Document], object]] = {
    "pid": lambda d: d["tunnels"][0]["owner"].update(pid=9),
    "ifindex": lambda d: d["tunnels"][0].update(ifindex=77),
    "age": lambda d: d["tunnels"][0]["remotes"][0].update(handshake_age_s=1),
    "duration": lambda d: d["scan"].update(duration_s=9.5, started_at="2027-01-01T00:00:00+08:00"),
    "rows": lambda d: d["probes"][0].update(rows=4711, duration_s=3.0),
    "evidence": lambda d: d["tunnels"][0]["witnesses"][0].update(says="PID 9 holds it", recheck="ls /proc/9"),
    "a port that the system picked": lambda d: d["tunnels"][0]["local"].update(port=50001),
    "line of an entry": lambda d: d["circuits"][0]["where"].update(line=99),
}


@pytest.mark.parametrize("alter", MOMENTARY.values(), ids=MOMENTARY.keys())
def test_what_differs_from_minute_to_minute_is_no_change(alter: Callable[[Document], object]) -> None:
    new = fresh()
    alter(new)
    assert new != WHOLE
    assert diff(WHOLE, new).changes == ()


def test_a_port_that_somebody_chose_is_one() -> None:
    new = fresh()
    new["tunnels"][0]["remotes"][0]["port"] = 443
    (field,) = one(WHOLE, new).fields
    assert (field.field, field.old, field.new) == ("remotes[198.51.100.77].port", 1194, 443)


def test_new_and_gone() -> None:
    less = fresh()
    missing = less["tunnels"].pop(0)
    gone, new = one(WHOLE, less), one(less, WHOLE)
    assert (gone.kind, gone.subject, gone.id, gone.name) == (Kind.GONE, Subject.CONNECTION, missing["id"], "tun0")
    assert (new.kind, new.causes, new.sure) == (Kind.NEW, (Cause.HOST,), True)
    assert (new.verdict_old, new.verdict_new) == (None, "non_compliant")


def test_gone_from_sight_is_not_told_as_gone_for_sure() -> None:
    new = fresh()
    del new["tunnels"][0]
    gap = {**new["blind_spots"][0], "probe": "processes", "source": "/proc", "namespace": None, "hides": ["openvpn"]}
    new["blind_spots"].append(gap)
    (change,) = [c for c in diff(WHOLE, new).changes if c.subject is Subject.CONNECTION]
    assert (change.kind, change.sure) == (Kind.GONE, False)
    assert Cause.COVERAGE in change.causes
    gap["hides"] = ["wireguard"]
    (change,) = [c for c in diff(WHOLE, new).changes if c.subject is Subject.CONNECTION]
    assert change.sure


def test_seen_otherwise_may_be_a_matter_of_sight_or_of_the_tool() -> None:
    new = fresh()
    new["tunnels"][0]["state"] = "unknown"
    new["blind_spots"].append({**new["blind_spots"][0], "source": "/x", "namespace": None, "hides": ["openvpn"]})
    found = {c.subject: c.causes for c in diff(WHOLE, new).changes}
    assert found[Subject.CONNECTION] == (Cause.HOST, Cause.COVERAGE)
    new = fresh()
    new["tunnels"][0]["state"] = "unknown"
    new["versions"]["tool"] = "9.9"
    found = {c.subject: c.causes for c in diff(WHOLE, new).changes}
    assert found[Subject.CONNECTION] == (Cause.HOST, Cause.RULES)


def test_unread_routes_are_not_an_empty_list() -> None:
    old, new = fresh(), fresh()
    old["tunnels"][0]["routes"], new["tunnels"][0]["routes"] = None, []
    (field,) = one(old, new).fields
    assert (field.old, field.new) == (None, ())


def verdict(made: Document, index: int = 0, value: str = "compliant") -> Document:
    made["tunnels"][index]["verdict"] = value
    return made


CAUSES: dict[str, tuple[Callable[[Document], object], tuple[Cause, ...]]] = {
    "host": (lambda d: d["tunnels"][0].update(state="down"), (Cause.HOST,)),
    "register": (lambda d: d["register"].update(sha256="0" * 64), (Cause.REGISTER,)),
    "configuration": (lambda d: d["config"].update(sha256="0" * 64), (Cause.REGISTER,)),
    "tool": (lambda d: d["versions"].update(tool="9.9"), (Cause.RULES,)),
    "data": (lambda d: d["versions"]["data_sets"][0].update(sha256="0" * 64), (Cause.RULES,)),
    "a day": (lambda d: None, (Cause.TIME,)),
    "several": (
        lambda d: (d["tunnels"][0].update(state="down"), d["register"].update(sha256="0" * 64)),
        (Cause.HOST, Cause.REGISTER),
    ),
}


@pytest.mark.parametrize(("alter", "causes"), CAUSES.values(), ids=CAUSES.keys())
def test_a_changed_verdict_says_why(alter: Callable[[Document], object], causes: tuple[Cause, ...]) -> None:
    new = verdict(fresh())
    alter(new)
    found = diff(WHOLE, new).changes
    (change,) = [c for c in found if c.subject is Subject.CONNECTION]
    assert change.causes == causes
    assert (change.verdict_old, change.verdict_new) == ("non_compliant", "compliant")


def test_a_match_that_is_lost_with_the_register_is_not_the_hosts_doing() -> None:
    old, new = fresh(), fresh()
    (matched,) = [entry for entry in new["tunnels"] if entry["id"] == "t-3d2a9c41f0b7"]
    matched.update(circuit=None, verdict="non_compliant")
    matched["match"].update(circuit=None, strength="none", reasons=[])
    matched["paths"][0]["match"] = matched["match"]
    new["register"]["sha256"] = "0" * 64
    (change,) = [c for c in diff(old, new).changes if c.subject is Subject.CONNECTION]
    assert any(field.field.startswith("match.reasons[") for field in change.fields)
    assert change.causes == (Cause.REGISTER,)


def test_a_changed_status_has_the_causes_of_what_moved_it() -> None:
    new = verdict(fresh())
    new.update(status="warning", verdict="needs_review")
    new["tunnels"][0]["state"] = "down"
    new["not_tunnels"] = []
    audit = diff(WHOLE, new).changes[0]
    assert (audit.subject, audit.causes) == (Subject.AUDIT, (Cause.HOST,))
    assert next((f.field, f.old, f.new) for f in audit.fields) == ("status", "critical", "warning")


def test_the_register_side() -> None:
    new = fresh()
    new["circuits"][0]["seen"] = not new["circuits"][0]["seen"]
    new["circuits"][1]["contract_status"] = "expired"
    new["waivers"][0]["expires"] = "2029-01-01"
    new["blind_spots"][0]["acknowledged"] = None
    found = {(c.subject, f.field): c.causes for c in diff(WHOLE, new).changes for f in c.fields}
    assert found[Subject.CIRCUIT, "contract_status"] == (Cause.TIME,)
    assert found[Subject.WAIVER, "expires"] == (Cause.REGISTER,)
    assert (Subject.CIRCUIT, "seen") in found


def test_fields_of_later_versions_are_compared() -> None:
    old, new = fresh(), fresh()
    old["tunnels"][0]["paint"], new["tunnels"][0]["paint"] = "red", "blue"
    old["weather"], new["weather"] = {"wind": 1}, {"wind": 2}
    assert [(c.subject, c.fields[0].field) for c in diff(old, new).changes] == [
        (Subject.CONNECTION, "paint"),
        (Subject.SETTINGS, "weather.wind"),
    ]


def test_a_field_that_only_one_version_knows_is_no_change() -> None:
    old = fresh()
    for entry in old["tunnels"]:
        del entry["accepted_by"]
    del old["gateway_assessment"]["waiver"], old["changes"]
    assert diff(old, WHOLE).changes == diff(WHOLE, old).changes == ()


def test_ids_that_stand_twice_lose_nothing() -> None:
    old, new = fresh(), fresh()
    for made in (old, new):
        made["tunnels"].append(copy.deepcopy(made["tunnels"][0]))
    new["tunnels"][-1]["state"] = "down"
    assert diff(old, new).changes
    assert diff(old, copy.deepcopy(old)).changes == ()


def test_ten_thousand_connections_take_seconds() -> None:
    old = json.loads(json_v1.render(document(samples.many(500))))
    template = old["tunnels"]
    old["tunnels"] = [{**template[n % 500], "id": f"t-{n:012x}"} for n in range(10_000)]
    new = {**old, "tunnels": [{**entry, "state": "down", "routes": []} for entry in old["tunnels"][1:]]}
    began_s = time.process_time()
    assert len(diff(old, new).changes) == 10_000
    assert len(diff(old, {**old, "tunnels": []}).changes) == 10_000
    assert time.process_time() - began_s < 20
