"""How a file is described: tables of keys, each key with its form, its default and one sentence for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditor.config.forms import Form
from auditor.config.words import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a table.

    `doc` is one English sentence, `example` a value as it is written. `default` is what holds when the
    key is absent (None: not known). `many`: an array of values of `form`, each at most once, at least
    `at_least`. `field` is the name in the model where that differs from `name`.
    """

    name: str
    form: Form
    doc: str
    example: Any
    required: bool = False
    default: Any = None
    many: bool = False
    at_least: int = 0
    field: str | None = None

    @property
    def target(self) -> str:
        """Return the name of the model's field."""
        return self.field or self.name

    @property
    def absent(self) -> Any:
        """Return what the model gets when the key is absent."""
        return tuple(self.default or ()) if self.many else self.default


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table, or with `many` an array of tables; `model` is the type it becomes, `field` the model's name for it."""

    name: str
    model: type
    doc: str
    keys: tuple[Key, ...]
    tables: tuple["Table", ...] = ()
    many: bool = False
    field: str | None = None

    @property
    def target(self) -> str:
        """Return the name of the field in the model of the table around this one."""
        return self.field or self.name

    def names(self) -> tuple[str, ...]:
        """Return the name of everything that may stand directly in this table."""
        return (*(key.name for key in self.keys), *(table.name for table in self.tables))


def walk(table: Table, around: Path = ()) -> Iterator[tuple[Path, Key | Table]]:
    """Yield every key and table below `table` with its path (without array positions)."""
    for key in table.keys:
        yield (*around, key.name), key
    for inner in table.tables:
        yield (*around, inner.name), inner
        yield from walk(inner, (*around, inner.name))
