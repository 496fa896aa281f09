"""What must hold between values of a file: unique ids, references that lead somewhere, ends after starts."""

from collections.abc import Iterator
from typing import Any

from auditor.config.validate import Node, Problem
from auditor.config.words import show, suggestion

_ENDS = (
    ("circuit", "install_date", "termination_date"),
    ("review", "reviewed_on", "valid_until"),
    ("waiver", "approved_on", "expires"),
    ("acknowledgement", "approved_on", "expires"),
)
_IDS = (("network", "name"), ("provider", "slug"), ("circuit", "cid"), ("waiver", "id"), ("acknowledgement", "id"))


def config_relations(config: Node) -> Iterator[Problem]:
    """Yield what is wrong between values of auditor.toml: one uplink given twice, a signer without a list of them."""
    seen: set[tuple[Any, ...]] = set()
    for uplink in config.all("site", "uplink"):
        key = (uplink.values.get("interface"), uplink.values.get("namespace"))
        if key[0] is not None and key in seen:
            yield Problem(path=uplink.at("interface"), text=f"{show(key[0])} is given twice")
        seen.add(key)
    for history in config.all("history"):
        for name, other in (("signer", "allowed_signers"), ("allowed_signers", "signer")):
            if name in history.values and other not in history.values:
                yield Problem(path=history.at(name), text=f"needs {other}, so that signatures can be checked")


def register_relations(register: Node) -> Iterator[Problem]:
    """Yield what is wrong between values of register.toml."""
    for name, key in _IDS:
        yield from _unique(register.all(name), key)
    for name, start, end in _ENDS:
        for node in register.all(name):
            yield from _order(node, start, end)
    for licence in register.all("provider", "licence"):
        yield from _order(licence, "valid_from", "valid_until")
    yield from _providers(register)
    yield from _onward(register)


def _unique(nodes: tuple[Node, ...], key: str) -> Iterator[Problem]:
    """Yield a problem for every node whose id an earlier one has."""
    first: dict[object, str] = {}
    for node in nodes:
        value = node.values.get(key)
        if value in first:
            yield Problem(path=node.at(key), text=f"{show(value)} is already the {key} of {first[value]}")
        elif value is not None:
            first[value] = f"{node.path[-2]}[{node.path[-1]}]"


def _order(node: Node, start: str, end: str) -> Iterator[Problem]:
    """Yield a problem if the day `end` lies before the day `start`."""
    first, last = node.values.get(start), node.values.get(end)
    if first is not None and last is not None and last < first:
        yield Problem(path=node.at(end), text=f"{show(last)} lies before {start} {show(first)}")


def _providers(register: Node) -> Iterator[Problem]:
    """Yield a problem for every circuit of a provider that is not in the file."""
    slugs = tuple(node.values["slug"] for node in register.all("provider") if "slug" in node.values)
    for circuit in register.all("circuit"):
        slug = circuit.values.get("provider")
        if slug is not None and slug not in slugs:
            yield Problem(
                path=circuit.at("provider"),
                text=f"{show(slug)} is not the slug of a [[provider]] in this file{suggestion(slug, slugs)}",
            )


def _onward(register: Node) -> Iterator[Problem]:
    """Yield contradictions between onward_reach and onward_circuit, and onward circuits that are not registered."""
    cids = tuple(node.values["cid"] for node in register.all("circuit") if "cid" in node.values)
    for circuit in register.all("circuit"):
        reach, onward = circuit.values.get("onward_reach"), circuit.values.get("onward_circuit")
        licensed = reach == "overseas_via_licensed_circuit"
        if licensed and "onward_circuit" not in circuit.values:
            yield Problem(
                path=circuit.at("onward_reach"), text="needs onward_circuit, the cid of that licensed circuit"
            )
        if onward is None:
            continue
        if not licensed:
            yield Problem(
                path=circuit.at("onward_circuit"), text='needs onward_reach = "overseas_via_licensed_circuit"'
            )
        if onward == circuit.values.get("cid"):
            yield Problem(path=circuit.at("onward_circuit"), text="names the circuit itself")
        elif onward not in cids:
            yield Problem(
                path=circuit.at("onward_circuit"),
                text=f"{show(onward)} is not the cid of a [[circuit]] in this file{suggestion(onward, cids)}",
            )
