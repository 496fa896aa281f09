"""Files of [sections] with `key = value` lines: wg(8), systemd.syntax(7), NetworkManager's keyfiles, xl2tpd.conf(5).

Only the keys that are asked for are kept; the value of any other may be a key or password and goes with its line.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from auditor.formats.lines import Line

Problem = Callable[[int, str], None]


@dataclass(slots=True)
class Section:
    """One section: its `name`, the line that opens it, and (key in lower case, value) of what was asked for."""

    name: str
    number: int
    values: list[tuple[str, str]] = field(default_factory=list)

    def one(self, key: str) -> str | None:
        """Return the last value of `key`, None if there is none or it is empty."""
        return next((value for name, value in reversed(self.values) if name == key and value), None)

    def every(self, key: str) -> list[str]:
        """Return all values of `key`; an empty one takes back those before it (systemd.syntax(7))."""
        found: list[str] = []
        for name, value in self.values:
            if name == key:
                found = [*found, value] if value else []
        return found


def sections(
    lines: Iterable[Line], wanted: frozenset[str], problem: Problem, *, comments: str = "#;", trailing: str = ""
) -> Iterator[Section]:
    """Yield the sections with the values of the `wanted` keys; `problem` is told of every line of another form.

    `comments` begin a line that says nothing, `trailing` also the rest of one.
    """
    current: Section | None = None
    for number, line in _joined(lines):
        for character in trailing:
            line = line.partition(character)[0]
        line = line.strip()
        if not line or line[0] in comments:
            continue
        if line.startswith("["):
            if current:
                yield current
            current = Section(line[1:-1].strip(), number) if line.endswith("]") else None
            if current is None:
                problem(number, "section without its end")
            continue
        key, equals, value = line.partition("=")
        if not equals:
            problem(number, "neither a section nor a key with its value")
        elif current and (key := key.strip().lower()) in wanted:
            current.values.append((key, value.strip().strip('"')))
    if current:
        yield current


def _joined(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield lines with those that a backslash continues in one, under the number of the first."""
    first, whole = 0, ""
    for number, line in lines:
        if line.lstrip()[:1] in ("#", ";"):
            continue
        first = first or number
        whole += line
        if whole.endswith("\\") and len(whole) < 1 << 16:
            whole = whole[:-1] + " "
            continue
        yield first, whole
        first, whole = 0, ""
    if whole:
        yield first, whole
