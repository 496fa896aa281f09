"""The description of both files against the types of the model: nothing settable twice, nothing left out."""

import re
from dataclasses import MISSING, fields
from typing import Any

import pytest

from auditor.config.config_keys import CONFIG
from auditor.config.keys import Key, Table, walk
from auditor.config.register_keys import REGISTER
from auditor.model import register as model

DERIVED = {"path", "sha256", "where"}


def tables(table: Table) -> list[Table]:
    return [table, *(inner for outer in table.tables for inner in tables(outer))]


TABLES = [*tables(CONFIG), *tables(REGISTER)]
KEYS = [(table, key) for table in TABLES for key in table.keys]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_field_of_the_model_can_be_set(table: Table) -> None:
    named = [each.target for each in (*table.keys, *table.tables)]
    assert len(named) == len(set(named))
    assert set(named) | DERIVED >= {field.name for field in fields(table.model)}
    assert set(named) <= {field.name for field in fields(table.model)}


def test_every_type_of_the_model_is_described() -> None:
    described = {table.model for table in TABLES}
    types = {value for value in vars(model).values() if isinstance(value, type) and value.__module__ == model.__name__}
    assert types - described == {model.Where}


@pytest.mark.parametrize(("table", "key"), KEYS, ids=lambda part: part.name)
def test_defaults_are_those_of_the_model(table: Table, key: Key) -> None:
    field: Any = next(field for field in fields(table.model) if field.name == key.target)
    if key.required:
        assert key.default is None
        assert field.default is MISSING
    elif field.default is not MISSING:
        assert field.default == key.absent
    else:
        assert (table.name, key.name) in {
            ("auditor.toml", "zone"),
            ("auditor.toml", "register"),
            ("network", "location"),
        }


@pytest.mark.parametrize(("table", "key"), KEYS, ids=lambda part: part.name)
def test_examples_and_defaults_are_accepted(table: Table, key: Key) -> None:
    for value in (key.example, key.default):
        if value is None:
            continue
        for one in value if key.many else [value]:
            if key.form.schema.get("format") == "date":
                assert re.fullmatch(r"\d{4}-\d\d-\d\d", one)
            else:
                key.form.parse(one)
    assert table.doc


def test_sentences_are_sentences() -> None:
    for root in (CONFIG, REGISTER):
        for path, each in walk(root):
            assert re.fullmatch(r"[A-Z].*\.", each.doc), path
            assert len(each.doc) < 160, path


def test_paths_are_unique_and_know_their_tables() -> None:
    paths = [path for path, _ in walk(REGISTER)]
    assert len(paths) == len(set(paths))
    assert ("circuit", "z", "next_hop") in paths
    assert ("provider", "licence", "held") in paths
