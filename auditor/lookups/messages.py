"""One answer of a name server read: the records wanted, the way to them, how sure; pure, with dnspython's types."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from auditor.model.lookup import Outcome

if TYPE_CHECKING:
    from dns.message import Message
    from dns.name import Name

VALUES_MOST = 64
CHAIN_MOST = 12
_TTL_MOST = (1 << 31) - 1  # RFC 2181 8: a TTL with the highest bit set is zero
_TEXT_MOST = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one answer says; `onward` is a name that it leads to without saying anything of it (None: it says all)."""

    outcome: Outcome
    values: tuple[str, ...] = ()
    cut: int = 0
    ttl_s: int | None = None
    chain: tuple[str, ...] = ()
    onward: "Name | None" = None


def read(message: "Message", name: "Name", type_: str, before: frozenset[str] = frozenset()) -> Read:
    """Return what `message` says of `name`; `before` are names that already led here.

    Only records that the question leads to count: whatever else a server adds is not believed.
    """
    import dns.rcode
    import dns.rdatatype

    wanted = dns.rdatatype.from_text(type_)
    chain: list[str] = []
    ttls: list[int] = []
    seen = {*before, text(name)}
    while True:
        if found := _records(message, name, wanted):
            values = tuple(dict.fromkeys(_SHAPES[type_](record) for record in found))
            ttls.append(_ttl(found))
            kept = tuple(sorted(values))[:VALUES_MOST]
            return Read(
                outcome=Outcome.ANSWERED,
                values=kept,
                cut=len(values) - len(kept),
                ttl_s=min(ttls),
                chain=tuple(chain),
            )
        alias = _records(message, name, dns.rdatatype.CNAME)
        if not alias:
            break
        name = next(iter(alias)).target
        chain.append(text(name))
        ttls.append(_ttl(alias))
        if chain[-1] in seen:
            return Read(outcome=Outcome.LOOP, chain=tuple(chain))
        if len(chain) + len(before) > CHAIN_MOST:
            return Read(outcome=Outcome.CHAIN_TOO_LONG, chain=tuple(chain))
        seen.add(chain[-1])
    if message.rcode() == dns.rcode.NXDOMAIN:
        return Read(outcome=Outcome.NXDOMAIN, chain=tuple(chain))
    says_all = not chain or any(found.rdtype == dns.rdatatype.SOA for found in message.authority)
    least = min(ttls, default=None)
    return Read(outcome=Outcome.NO_DATA, ttl_s=least, chain=tuple(chain), onward=None if says_all else name)


def text(name: "Name") -> str:
    """Return a name as text: ASCII, lower case, anything odd in it as ``\\DDD`` (RFC 4343 2.1)."""
    return str(name.to_text(omit_final_dot=True)).lower()[:_TEXT_MOST]


def _records(message: "Message", name: "Name", type_: Any) -> Any:
    """Return the records of `name` and `type_` in the answer, None for none."""
    import dns.rdataclass

    return message.get_rrset(message.answer, name, dns.rdataclass.IN, type_)


def _ttl(records: Any) -> int:
    """Return for how many seconds `records` hold."""
    return int(records.ttl) if records.ttl <= _TTL_MOST else 0


def _address(record: Any) -> str:
    """Return the address of an A or AAAA record in its canonical form."""
    return str(ip_address(record.address))


def _target(record: Any) -> str:
    """Return the name in a PTR record."""
    return text(record.target)


def _strings(record: Any) -> str:
    """Return the strings of a TXT record as one, bytes that are not ASCII as ``\\xHH``."""
    joined: bytes = b"".join(record.strings)
    return joined.decode("ascii", "backslashreplace")[:_TEXT_MOST]


_SHAPES: dict[str, Callable[[Any], str]] = {"A": _address, "AAAA": _address, "PTR": _target, "TXT": _strings}
