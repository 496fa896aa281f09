"""A parsed TOML document against its description: every problem found, and the values in the model's types."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from auditor.config.forms import Form
from auditor.config.keys import Key, Table
from auditor.config.words import Path, Wrong, clean, kind_of, show, suggestion
from auditor.model.register import Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong, or worth a warning, at `path` of a file."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One table of a document: its accepted values, and its inner tables by name (unusable ones are left out)."""

    table: Table
    path: Path
    values: dict[str, Any]
    inner: dict[str, tuple["Node", ...]]

    def all(self, *names: str) -> tuple["Node", ...]:
        """Return every table reached by following `names` from here."""
        found: tuple[Node, ...] = (self,)
        for name in names:
            found = tuple(inner for node in found for inner in node.inner.get(name, ()))
        return found

    def at(self, *parts: str | int) -> Path:
        """Return the path of something in this table."""
        return (*self.path, *parts)


def read_table(table: Table, data: dict[str, Any], path: Path, problems: list[Problem]) -> Node:
    """Return `data` as a Node; everything wrong in it is appended to `problems`."""
    names = table.names()
    problems.extend(
        Problem(path=(*path, name), text="unknown key" + _hint(table, name, names))
        for name in data
        if name not in names
    )
    values: dict[str, Any] = {}
    for key in table.keys:
        if key.name in data:
            _read_key(key, data[key.name], (*path, key.name), values, problems)
        elif key.required:
            problems.append(Problem(path=(*path, key.name), text="is missing"))
    inner = {
        each.name: tuple(_read_inner(each, data[each.name], (*path, each.name), problems))
        for each in table.tables
        if each.name in data
    }
    return Node(table=table, path=path, values=values, inner=inner)


def _hint(table: Table, name: str, names: tuple[str, ...]) -> str:
    """Return what the writer of unknown key `name` may have meant: a near name here, or the same one table deeper."""
    deeper = [f"{each.name}.{name}" for each in table.tables if name in each.names()]
    return f" (did you mean {' or '.join(deeper)}?)" if deeper else suggestion(name, names)


def _read_key(key: Key, value: object, path: Path, values: dict[str, Any], problems: list[Problem]) -> None:
    """Put the accepted value of one key into `values`, or what is wrong with it into `problems`."""
    if not key.many:
        accepted = _parse(key.form, value, path, problems)
        values.update({key.name: accepted[0]} if accepted else {})
        return
    if not isinstance(value, list):
        wanted = "must be an array in square brackets, even of one value"
        problems.append(Problem(path=path, text=f"{wanted}, not {kind_of(value)}"))
        return
    if len(value) < key.at_least:
        problems.append(Problem(path=path, text="must not be empty"))
    found: dict[Any, None] = {}
    for index, element in enumerate(value):
        accepted = _parse(key.form, element, (*path, index), problems)
        if accepted and accepted[0] in found:
            problems.append(Problem(path=(*path, index), text=f"{show(element)} is given twice"))
        elif accepted:
            found[accepted[0]] = None
    values[key.name] = tuple(found)


def _parse(form: Form, value: object, path: Path, problems: list[Problem]) -> tuple[Any] | None:
    """Return the accepted value in a tuple of one, or None after noting why it is not accepted."""
    try:
        return (form.parse(value),)
    except Wrong as wrong:
        problems.append(Problem(path=path, text=str(wrong)))
        return None


def _read_inner(table: Table, value: object, path: Path, problems: list[Problem]) -> list[Node]:
    """Return the inner table, or all tables of an array, that stand at `path`."""
    name = ".".join(part for part in path if isinstance(part, str))
    if not table.many:
        if isinstance(value, dict):
            return [read_table(table, value, path, problems)]
        double = " (write single brackets)" if isinstance(value, list) else ""
        problems.append(Problem(path=path, text=f"must be a table [{clean(name)}], not {kind_of(value)}{double}"))
        return []
    if not isinstance(value, list):
        single = " (write double brackets)" if isinstance(value, dict) else ""
        problems.append(Problem(path=path, text=f"must be tables [[{clean(name)}]], not {kind_of(value)}{single}"))
        return []
    nodes = []
    for index, element in enumerate(value):
        if isinstance(element, dict):
            nodes.append(read_table(table, element, (*path, index), problems))
        else:
            problems.append(Problem(path=(*path, index), text=f"must be a table, not {kind_of(element)}"))
    return nodes


def build(node: Node, where: Callable[[Path], Where] | None, **more: object) -> Any:
    """Return the model's object for a node without problems; absent keys take the description's defaults."""
    kwargs = {key.target: node.values.get(key.name, key.absent) for key in node.table.keys}
    for table in node.table.tables:
        built = tuple(build(inner, where) for inner in node.inner.get(table.name, ()))
        if table.many:
            kwargs[table.target] = built
        elif built:
            kwargs[table.target] = built[0]
        elif table.target not in more:
            kwargs[table.target] = table.model()
    if where is not None and any(field.name == "where" for field in fields(node.table.model)):
        kwargs["where"] = where(node.path)
    return node.table.model(**(more | kwargs))
