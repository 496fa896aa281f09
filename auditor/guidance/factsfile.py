"""FACTS.json: facts that a person states, checked with every problem named by its line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from auditor.errors import InputError
from auditor.guidance.catalogue import SCOPE_FACTS, controls
from auditor.guidance.jsonlines import JsonError, JsonObject, Member, Node, parse
from auditor.model.enumerations import LOCATIONS, PLACES, TEXTS, TRUTHS, WORDS
from auditor.model.facts import FACT_NAMES, UNSTATED, Facts, FactSet, value_problem

MAX_BYTES: Final = 1 << 20
PATH_LIMIT: Final = 4096
_NULLABLE: Final = (*TEXTS, "remote_asn")
_MAX_SUGGESTIONS: Final = 50
UNKNOWABLE: Final = frozenset(FACT_NAMES) - {*TEXTS, "policy_unmatched_cross_border"}
"""Facts that may be stated as "unknown", which is the same as leaving them out; the policy switch is no fact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """The facts of one object, and which of those that can decide something nobody stated."""

    facts: FactSet
    missing: tuple[str, ...]


@dataclass(slots=True)
class _Problems:
    """Problems found so far, each with its line; suggestions stop where they would take long."""

    file: str
    found: list[str] = field(default_factory=list)

    def add(self, line: int, where: str, what: str, meant: str | None = None) -> None:
        """Add one problem with what was probably meant."""
        self.found.append(f"{self.file}:{line}: {where}: {what}" + (f" (did you mean {meant}?)" if meant else ""))

    def closest(self, word: str, known: tuple[str, ...]) -> str | None:
        """Return the known word most like `word`, None if none is."""
        if len(self.found) >= _MAX_SUGGESTIONS:
            return None
        lowered = {item.lower(): item for item in known}
        match = get_close_matches(word.lower()[:64], lowered, n=1, cutoff=0.7)
        return lowered[match[0]] if match else None


def read_facts(data: bytes, file: str) -> Stated:
    """Return what `data` states; `file` names it in messages.

    `data` is one object of facts, or an object that has it under "facts" (a scenario). `paths` lists
    what differs on each path. Raises InputError with every problem found, each by its line.
    """
    file = shown(file, PATH_LIMIT)
    table = _facts_table(data, file)
    problems = _Problems(file)
    base, paths = _base(table, problems)
    per_path = [base | path for path in paths] if paths else [base]
    if problems.found:
        raise InputError(problems.found)
    return Stated(
        facts=FactSet(paths=tuple(Facts(**values) for values in per_path)),
        missing=tuple(name for name in _deciding_facts() if any(name not in values for values in per_path)),
    )


def shown(text: str, limit: int = 80) -> str:
    """Return text from outside as it may be printed: no control characters, not too long."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: limit + 1])
    return f"{safe[:limit]}…" if len(safe) > limit else safe


def _facts_table(data: bytes, file: str) -> JsonObject:
    """Return the object that holds the facts; raises InputError."""
    if len(data) > MAX_BYTES:
        raise InputError([f"{file}: is larger than {MAX_BYTES >> 20} MiB, more than any set of facts"])
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise InputError([f"{file}:1: begins with a byte order mark; save it as UTF-8 without one"])
    try:
        root = parse(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError([f"{file}:{line}: is not UTF-8 text (byte {error.start})"]) from None
    except JsonError as error:
        raise InputError([f"{file}:{error.line}: {error.problem}"]) from None
    return _unwrapped(root, file)


def _unwrapped(root: Node, file: str) -> JsonObject:
    """Return the object under "facts" if there is one, else the whole; raises InputError."""
    if not isinstance(root.value, JsonObject):
        raise InputError([f"{file}:{root.line}: must be one object of facts, in braces"])
    wrapped = [member for member in root.value.members if member.key == "facts"]
    if not wrapped:
        return root.value
    problems = _Problems(file)
    for member in wrapped[1:]:
        problems.add(member.line, "facts", f"stands twice (first in line {wrapped[0].line})")
    for member in root.value.members:
        if member.key in FACT_NAMES or member.key == "paths":
            problems.add(member.line, member.key, 'stands beside "facts"; it belongs inside')
    inner = wrapped[0].node.value
    if not isinstance(inner, JsonObject):
        problems.add(wrapped[0].line, "facts", "must be an object of facts, in braces")
    if problems.found or not isinstance(inner, JsonObject):
        raise InputError(problems.found)
    return inner


def _base(table: JsonObject, problems: _Problems) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the facts stated for all paths, and what each path states."""
    paths: list[dict[str, Any]] = []
    base: dict[str, Any] = {}
    for member in _once(table, "", problems):
        if member.key != "paths":
            _state(member, "", base, problems)
        elif isinstance(member.node.value, tuple):
            paths = [_path(item, f"paths[{index}]", problems) for index, item in enumerate(member.node.value)]
        else:
            problems.add(member.line, "paths", "must be a list of objects, one a path")
    return base, paths


def _path(node: Node, where: str, problems: _Problems) -> dict[str, Any]:
    """Return what one path states."""
    values: dict[str, Any] = {}
    if not isinstance(node.value, JsonObject):
        problems.add(node.line, where, "must be an object of the facts that differ on this path")
        return values
    for member in _once(node.value, f"{where}.", problems):
        if member.key == "paths":
            problems.add(member.line, f"{where}.paths", "a path has no paths of its own")
        else:
            _state(member, f"{where}.", values, problems)
    return values


def _once(table: JsonObject, prefix: str, problems: _Problems) -> Iterator[Member]:
    """Yield every member whose key is new; a repeated key is a problem."""
    first: dict[str, int] = {}
    for member in table.members:
        if member.key in first:
            problems.add(member.line, prefix + shown(member.key), f"stands twice (first in line {first[member.key]})")
        else:
            first[member.key] = member.line
            yield member


def _state(member: Member, prefix: str, values: dict[str, Any], problems: _Problems) -> None:
    """Put one stated fact into `values`, or add what is wrong with it."""
    where = prefix + shown(member.key)
    if member.key not in FACT_NAMES:
        problems.add(member.line, where, "is no fact", problems.closest(member.key, FACT_NAMES))
        return
    value = _plain(member.node)
    if value == "unknown" and member.key in UNKNOWABLE:
        values[member.key] = UNSTATED[member.key]
    elif value is None and member.key not in _NULLABLE:
        problems.add(member.line, where, "must not be null; leave it out if it is not known")
    elif problem := value_problem(member.key, value):
        problems.add(member.line, where, f"{_quoted(value)} {problem}", _meant(member.key, value, problems))
    else:
        values[member.key] = value


def _plain(node: Node) -> Any:
    """Return a node as a plain value; an object stays what it is, since no fact is one."""
    if isinstance(node.value, tuple):
        return tuple(_plain(item) for item in node.value)
    return node.value


def _quoted(value: Any) -> str:
    """Return a value as messages show it."""
    match value:
        case str():
            return f'"{shown(value, 40)}"'
        case bool():
            return "true" if value else "false"
        case tuple() | JsonObject():
            return "what stands here"
        case _:
            return shown(str(value), 40)


def _meant(name: str, value: Any, problems: _Problems) -> str | None:
    """Return what was probably meant by a wrong value, None if that is not clear."""
    if isinstance(value, str) and name in TRUTHS:
        return {"true": "true", "yes": "true", "false": "false", "no": "false"}.get(value.lower())
    if isinstance(value, str) and name == "address_family":
        return value if value in ("4", "6") else None
    if isinstance(value, str) and name in LOCATIONS and value.upper() in PLACES:
        return f'"{value.upper()}"'
    if isinstance(value, str) and name in WORDS and (match := problems.closest(value, WORDS[name])):
        return f'"{match}"'
    return None


def _deciding_facts() -> tuple[str, ...]:
    """Return the facts that can change a result, the policy switch excepted."""
    deciding = {*SCOPE_FACTS, "seen_up_recently"}.union(*(control.facts for control in controls().values()))
    return tuple(name for name in FACT_NAMES if name in deciding and name != "policy_unmatched_cross_border")
