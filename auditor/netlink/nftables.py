"""The nf_tables ruleset as the kernel dumps it: base chains, and the rules that divert, mark or jump; pure.

Source: linux/netfilter/nf_tables.h. Only rules in which one of the wanted expressions stands are walked; all
others are passed over by a search for their bytes. Comments (NFTA_RULE_USERDATA) are never looked at.
"""

import re
import struct
from collections.abc import Iterable

from auditor.errors import ParseError
from auditor.netlink import wire
from auditor.netlink.expressions import RuleReader
from auditor.netlink.ruleset import Chain, Ruleset, Step, marked

_SUBSYSTEM = 10 << 8  # NFNL_SUBSYS_NFTABLES
NEW_CHAIN, GET_CHAIN = _SUBSYSTEM | 3, _SUBSYSTEM | 4
NEW_RULE, GET_RULE = _SUBSYSTEM | 6, _SUBSYSTEM | 7
NEW_GENERATION, GET_GENERATION = _SUBSYSTEM | 15, _SUBSYSTEM | 16
ANY_FAMILY = struct.pack("=BBH", 0, 0, 0)  # struct nfgenmsg
_HEADER_BYTES = 4
_FAMILIES = {1: "inet", 2: "ip", 10: "ip6"}  # in arp, bridge and netdev nothing is handed to a local port
_VERSIONS = {"ip": 4, "ip6": 6}
_HOOKS = {0: "prerouting", 1: "input", 2: "forward", 3: "output", 4: "postrouting"}
_JUMPS = (-3, -4)  # NFT_JUMP, NFT_GOTO
_META_MARK = 3


def _name(expression: bytes) -> bytes:
    """Return an expression's name as the kernel writes it (NFTA_EXPR_NAME)."""
    return re.escape(wire.pack_attribute(1, expression + b"\0"))


_BE32 = struct.Struct(">I")
_MAP_TO_VERDICT = re.escape(wire.pack_attribute(3, _BE32.pack(0)))  # NFTA_LOOKUP_DREG is NFT_REG_VERDICT
_SETS_REGISTER = {kind: re.escape(struct.pack("=HH", 8, kind)) for kind in (3, 4)}
_MARK_KEY = re.escape(wire.pack_attribute(2, _BE32.pack(_META_MARK)))
_WANTED = re.compile(
    b"|".join(
        (
            *map(_name, (b"redir", b"tproxy", b"nat", b"queue", b"target")),
            *(re.escape(wire.pack_attribute(1, struct.pack(">i", code))) for code in _JUMPS),
            _MARK_KEY + _SETS_REGISTER[3],
            _name(b"ct") + b"....(?:........)?" + _SETS_REGISTER[4],
            _name(b"lookup") + b".{0,300}?" + _MAP_TO_VERDICT,
        )
    ),
    re.DOTALL,
)


def generation(messages: Iterable[wire.Message]) -> int:
    """Return the number of the ruleset's present state (NFTA_GEN_ID); raises ParseError."""
    for message in messages:
        if message.type == NEW_GENERATION:
            return wire.be32(wire.attributes(message.payload, _HEADER_BYTES).get(1, b""))
    raise ParseError("nf_tables does not tell its generation")


def add_chains(ruleset: Ruleset, messages: Iterable[wire.Message]) -> None:
    """Add the base chains of `messages`; raises ParseError."""
    for message in messages:
        family = _FAMILIES.get(message.payload[0]) if message.type == NEW_CHAIN and message.payload else None
        if family is None:
            continue
        found = wire.attributes(message.payload, _HEADER_BYTES)
        if 4 in found:
            hook = wire.be32(wire.attributes(found[4]).get(1, b""))
            ruleset.base((family, *_place(found, 1, 3)), _HOOKS.get(hook, str(hook)))


def _place(found: dict[int, memoryview], table: int, chain: int) -> tuple[str, str]:
    """Return the names of table and chain; raises ParseError when one lacks."""
    if table not in found or chain not in found:
        raise ParseError("nf_tables object without the name of its table or chain")
    return wire.text(found[table]), wire.text(found[chain])


def add_rules(ruleset: Ruleset, chunks: Iterable[bytes | bytearray]) -> None:
    """Add the rules of `chunks` that act or jump; raises ParseError."""
    for chunk in chunks:
        for message in wire.messages(chunk):
            family = _FAMILIES.get(message.payload[0]) if message.type == NEW_RULE and message.payload else None
            if family is not None and _WANTED.search(message.payload):
                _add_rule(ruleset, family, message.payload)


def _add_rule(ruleset: Ruleset, family: str, payload: memoryview) -> None:
    """Add one rule; raises ParseError."""
    found = wire.attributes(payload, _HEADER_BYTES)
    chain: Chain = (family, *_place(found, 1, 2))
    rule = RuleReader(version=_VERSIONS.get(family))
    for _, element in wire.attribute_list(found.get(4, b"")):
        parts = wire.attributes(element)
        rule.read(wire.text(parts.get(1, b"")), wire.attributes(parts.get(2, b"")))
    if rule.maps_verdicts:
        ruleset.maps_verdicts(family, chain[1])
    if rule.actions or rule.jump is not None:
        ruleset.add(Step(chain, rule.selection, marked(rule.actions), rule.jump))
