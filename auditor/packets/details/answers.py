"""From the child's answers, which are untrusted, to what is said of a tunnel: every value checked, numbers given names.

An answer about IKE: `version`, `exchange`, `response` (whether it answers), `suites` (IKEv2: `transforms`, each type,
id and bits of the key or null; IKEv1: `encr`, `hash`, `auth`, `group`, `bits`, `life_s`), `vendors` (hexadecimal),
`notifies`. About L2TP and PPTP: `message`, perhaps `vendor`, `protocol`, `tunnel`, `session`, `call`, `pseudowire`.
About GRE: `key`.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from auditor.packets.details.names import Names, names

_MOST_ITEMS, _MOST_NAMES, _MOST_NUMBER = 256, 8, 0xFFFFFFFF
_ENCR, _PRF, _INTEG, _DH = 1, 2, 3, 4
_KINDS_V2 = {_ENCR: ("ENCR", "encr"), _PRF: ("PRF", "prf"), _INTEG: ("INTEG", "integ"), _DH: ("DH", "dh")}
_KINDS_V1 = (
    ("encr", "ENCR", "encr_v1", "encr"),
    ("hash", "HASH", "hash_v1", "hash"),
    ("auth", "AUTH", "auth_v1", None),
    ("group", "DH", "dh", "dh"),
)
_AGGRESSIVE, _SHARED_KEY = 4, 1
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,_()/+-]{0,63}")
_HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2}){1,255}")


class Said(NamedTuple):
    """One thing that a message says: a key of `said` in the table, and a value that is the same in every language."""

    kind: str
    value: str


class Unsound(ValueError):
    """An answer is not what the child's answers are."""


def read(kind: str, answer: Any) -> tuple[Said, ...]:
    """Return what the answer to one message of `kind` says, each thing once; raises Unsound."""
    if not isinstance(answer, dict):
        raise Unsound
    return tuple(dict.fromkeys(_READERS[kind](answer, names())))


def _number(answer: dict[str, Any], key: str, most: int = _MOST_NUMBER) -> int | None:
    """Return a whole number of an answer, None if it has none of that name; raises Unsound for anything else."""
    value = answer.get(key)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= most:
        raise Unsound
    return value


def _items(answer: dict[str, Any], key: str, kind: type) -> list[Any]:
    """Return a list of an answer, all items of one type; raises Unsound."""
    value = answer.get(key)
    if not isinstance(value, list) or len(value) > _MOST_ITEMS or any(type(item) is not kind for item in value):
        raise Unsound
    return value


def _ike(answer: dict[str, Any], table: Names) -> Iterator[Said]:
    """Yield what a message of IKE says."""
    version, exchange = _number(answer, "version", 15), _number(answer, "exchange", 255)
    response = answer.get("response")
    if version not in (1, 2) or not isinstance(response, bool):
        raise Unsound
    weak: dict[str, None] = {}
    for suite in _items(answer, "suites", dict):
        words = _suite_1(suite, table, weak) if version == 1 else _suite_2(suite, table, weak)
        if words:
            yield Said("choice" if response else "offer", words)
        life_s = _number(suite, "life_s", 1 << 63)
        if life_s:
            yield Said("lifetime", str(life_s))
        if version == 1 and exchange == _AGGRESSIVE and suite.get("auth") == _SHARED_KEY:
            yield Said("aggressive", "")
    if weak:
        yield Said("weak", ", ".join(weak))
    yield from _vendors(_items(answer, "vendors", str), table)
    refusals = table.ike[f"refusal_v{version}"]
    yield from (Said("refusal", refusals[one]) for one in _items(answer, "notifies", int) if one in refusals)


def _suite_1(suite: dict[str, Any], table: Names, weak: dict[str, None]) -> str:
    """Return a suite of IKEv1 in words, adding what is weak of it to `weak`."""
    words = []
    for key, label, kind, judged in _KINDS_V1:
        number = _number(suite, key)
        if number is None:
            continue
        name = table.ike[kind].get(number, str(number))
        bits = _number(suite, "bits", 0xFFFF) if key == "encr" else None
        words.append(f"{label} {name}{f'_{bits}' if bits else ''}")
        if judged and name in table.weak[judged]:
            weak[name] = None
    return ", ".join(words)


def _suite_2(suite: dict[str, Any], table: Names, weak: dict[str, None]) -> str:
    """Return a proposal of IKEv2 in words, adding what is weak of it to `weak`."""
    found: dict[int, list[str]] = {kind: [] for kind in _KINDS_V2}
    for one in _items(suite, "transforms", list):
        kind, number, bits = _transform(one)
        if kind not in _KINDS_V2:
            continue  # sequence numbers, additional exchanges
        key = _KINDS_V2[kind][1]
        name = table.ike[key].get(number, str(number))
        found[kind].append(f"{name}_{bits}" if bits else name)
        if name in table.weak[key]:
            weak[name] = None
    return ", ".join(f"{_KINDS_V2[kind][0]} {_few(some)}" for kind, some in found.items() if some)


def _transform(one: list[Any]) -> tuple[int, int, int | None]:
    """Return type, id and bits of the key of one transform; raises Unsound."""
    if len(one) != 3:
        raise Unsound
    kind, number, bits = (_number({"it": value}, "it", 0xFFFF) for value in one)
    if kind is None or number is None:
        raise Unsound
    return kind, number, bits


def _few(some: list[str]) -> str:
    """Return names, the first few of many."""
    shown = list(dict.fromkeys(some))
    more = f"/+{len(shown) - _MOST_NAMES}" if len(shown) > _MOST_NAMES else ""
    return "/".join(shown[:_MOST_NAMES]) + more


def _vendors(identifiers: list[str], table: Names) -> Iterator[Said]:
    """Yield the vendors that are known, and how many are not: their bytes may be anything."""
    unknown = 0
    for identifier in identifiers:
        if not _HEXADECIMAL.fullmatch(identifier):
            raise Unsound
        vendor = table.vendor(identifier)
        if vendor is None:
            unknown += 1
        else:
            yield Said("vendor", vendor.name)
    if unknown:
        yield Said("vendors_unknown", str(unknown))


def _manufacturer(answer: dict[str, Any]) -> Iterator[Said]:
    """Yield who made the end, if the name is plain: whoever sends it can write anything."""
    vendor = answer.get("vendor")
    if vendor is None:
        return
    if not isinstance(vendor, str) or len(vendor) > _MOST_ITEMS * 4:
        raise Unsound
    vendor = vendor.strip("\0 ")
    if vendor:
        yield Said("manufacturer", vendor) if _PLAIN.fullmatch(vendor) else Said("manufacturer_odd", "")


def _protocol(answer: dict[str, Any]) -> Iterator[Said]:
    """Yield the version that both L2TP and PPTP give in two bytes."""
    protocol = _number(answer, "protocol", 0xFFFF)
    if protocol is not None:
        yield Said("protocol", f"{protocol >> 8}.{protocol & 0xFF}")


def _control(answer: dict[str, Any], table: Names) -> Iterator[Said]:
    """Yield what a control message of L2TP or PPTP says."""
    _number(answer, "message", 0xFFFF)
    yield from _manufacturer(answer)
    yield from _protocol(answer)
    for key in ("tunnel", "session", "call"):
        number = _number(answer, key)
        if number:
            yield Said(key, str(number))
    pseudowire = _number(answer, "pseudowire", 0xFFFF)
    if pseudowire is not None:
        yield Said("pseudowire", table.pseudowires.get(pseudowire, str(pseudowire)))


def _gre(answer: dict[str, Any], _table: Names) -> Iterator[Said]:
    """Yield the key."""
    key = _number(answer, "key")
    if key is None:
        raise Unsound
    yield Said("gre_key", f"{key} (0x{key:08x})")


_READERS: dict[str, Callable[[dict[str, Any], Names], Iterator[Said]]] = {
    "ike": _ike,
    "l2tp": _control,
    "l2tpv3": _control,
    "pptp": _control,
    "gre": _gre,
}
