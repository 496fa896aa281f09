"""Typed values to plain JSON and back: what a scan found, kept so that it can be judged again.

Works on frozen dataclasses, named tuples, enumerations, tuples, moments and plain values, by their annotations. What
has its default value is left out; what a later version does not know is refused, and what it added has its default.
"""

import dataclasses
import types
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from auditor.errors import AuditorError

T = TypeVar("T")


class CodecError(AuditorError):
    """A stored value has not the form that this version reads; names the field, never the value."""


def encode(value: Any) -> Any:
    """Return `value` as JSON has it; raises TypeError for what is none of the forms above."""
    return _encoder(type(value))(value)


_ENCODERS: dict[type, Callable[[Any], Any]] = {}


def _encoder(form: type) -> Callable[[Any], Any]:
    """Return what encodes values of exactly the class `form`; raises TypeError.

    NOTE: a gateway of 10,000 tunnels has a million values, so what to do is decided once a class.
    """
    known = _ENCODERS.get(form)
    if known is None:
        known = _ENCODERS[form] = _made(form)
    return known


def _made(form: type) -> Callable[[Any], Any]:
    """Return what encodes a class met for the first time; raises TypeError."""
    if issubclass(form, Enum):
        return _value
    if issubclass(form, str | int | float | types.NoneType):
        return _itself
    if issubclass(form, datetime):
        return datetime.isoformat
    if dataclasses.is_dataclass(form):
        return _of_fields(form)
    if issubclass(form, tuple):
        return _listed
    raise TypeError(form.__name__)


def _itself(value: Any) -> Any:
    """Return a value that JSON has."""
    return value


def _value(value: Enum) -> Any:
    """Return what a member of an enumeration is called."""
    return value.value


def _listed(value: tuple[Any, ...]) -> list[Any]:
    """Return a tuple as a list."""
    return [_encoder(type(item))(item) for item in value]


def _of_fields(form: Any) -> Callable[[Any], dict[str, Any]]:
    """Return what encodes a dataclass: its fields that have not their default value."""
    names = tuple((name, default) for name, _, default in _fields(form))

    def encoded(value: Any) -> dict[str, Any]:
        made = {}
        for name, default in names:
            item = getattr(value, name)
            if item is not default and item != default:
                made[name] = _encoder(type(item))(item)
        return made

    return encoded


def decode(form: type[T], value: Any, where: str = "") -> T:
    """Return the `form` that `value` encodes; raises CodecError naming the field as ``a.b[2]``."""
    result: T = _decoded(form, value, where)
    return result


def _decoded(form: Any, value: Any, where: str) -> Any:
    """Return `value` as annotation `form` says."""
    origin = get_origin(form)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(form), value, where)
    if origin is tuple:
        return _tuple(get_args(form), value, where)
    if isinstance(form, type) and issubclass(form, Enum):
        return _enumerated(form, value, where)
    if dataclasses.is_dataclass(form):
        return _dataclass(form, value, where)
    if isinstance(form, type) and issubclass(form, tuple) and hasattr(form, "_fields"):
        hints = _hints(form)
        return form(*_tuple(tuple(hints[name] for name in form._fields), value, where))
    if form is datetime:
        return _moment(value, where)
    if form is Any or (isinstance(value, form) and (not isinstance(value, bool) or form is bool)):
        return value
    if form is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    raise _wrong(where)


def _one_of(forms: tuple[Any, ...], value: Any, where: str) -> Any:
    """Return `value` as one of several annotations says; None only where it is one of them."""
    if value is None:
        if type(None) in forms:
            return None
        raise _wrong(where)
    for form in forms:
        if form is not type(None):
            try:
                return _decoded(form, value, where)
            except CodecError:
                if len([one for one in forms if one is not type(None)]) == 1:
                    raise
    raise _wrong(where)


def _tuple(forms: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    """Return a list as a tuple, of one form (``tuple[T, ...]``) or of a fixed number."""
    if not isinstance(value, list):
        raise _wrong(where)
    if len(forms) == 2 and forms[1] is Ellipsis:
        return tuple(_decoded(forms[0], item, f"{where}[{number}]") for number, item in enumerate(value))
    if len(forms) != len(value):
        raise _wrong(where)
    pairs = enumerate(zip(forms, value, strict=True))
    return tuple(_decoded(form, item, f"{where}[{number}]") for number, (form, item) in pairs)


def _moment(value: Any, where: str) -> datetime:
    """Return a moment, which has its offset."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(where) from None
    if found.utcoffset() is None:
        raise _wrong(where)
    return found


def _enumerated(form: type[Enum], value: Any, where: str) -> Enum:
    """Return the member of an enumeration."""
    try:
        return form(value)
    except ValueError:
        raise _wrong(where) from None


def _dataclass(form: Any, value: Any, where: str) -> Any:
    """Return a dataclass of a mapping."""
    fields = {name: hint for name, hint, _ in _fields(form)}
    if not isinstance(value, dict) or not value.keys() <= fields.keys():
        raise _wrong(where)
    made = {name: _decoded(fields[name], item, f"{where}.{name}" if where else name) for name, item in value.items()}
    try:
        return form(**made)
    except TypeError:
        raise _wrong(where) from None


@cache
def _fields(form: Any) -> tuple[tuple[str, Any, Any], ...]:
    """Return name, annotation and default of each field; a field without a default has one that equals nothing."""
    hints = _hints(form)
    return tuple((field.name, hints[field.name], _default(field)) for field in dataclasses.fields(form))


def _default(field: "dataclasses.Field[Any]") -> Any:
    """Return the default of a field."""
    if field.default is not dataclasses.MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else _NOTHING


_NOTHING = object()


@cache
def _hints(form: Any) -> dict[str, Any]:
    """Return the annotations of a class."""
    return get_type_hints(form)


def _wrong(where: str) -> CodecError:
    """Return the error for a field."""
    return CodecError(f"{where or 'the value'}: not of the form that this version stores")
