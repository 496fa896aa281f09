"""What strongSwan's charon says of associations and connections (swanctl(8), list-sas and list-conns); pure.

Identities of persons are dropped: every one that arrived by EAP or XAuth or belongs to a peer with an
address from our pool, mail addresses, and distinguished names with fields of a person.
"""

import re
from ipaddress import ip_address, ip_network, summarize_address_range

from auditor.daemons.vici import Section, Wanted
from auditor.model.rows import IkeChild, IkeSa

SA = Wanted(
    values=frozenset(
        ["state", "local-host", "local-port", "local-id", "remote-host", "remote-port", "remote-id", "initiator"]
        + ["name", "mode", "reqid", "if-id-in", "if-id-out", "local-ts", "remote-ts"]
    ),
    noted=frozenset(["local-eap-id", "local-xauth-id", "remote-eap-id", "remote-xauth-id", "remote-vips"]),
)
CONNECTION = Wanted(values=frozenset(["local_addrs", "remote_addrs", "mode", "class", "id"]))
_PERSONAL_FIELD = re.compile(r"(^|[,/+]\s*)(E|emailAddress|email|UID|userid|GN|SN|G|S|surname|givenName)\s*=", re.I)
_NOT_TUNNELLED = {"PASS", "DROP"}


def ike_sa(name: str, section: Section, pid: int) -> IkeSa:
    """Return one security association of `list-sas`; `section` holds the keys of SA."""
    values = section.values
    children = tuple(_child(key, child) for key, child in _inner(section, "child-sas").items())
    person = bool({"remote-eap-id", "remote-xauth-id", "remote-vips"} & values.keys())
    own_person = bool({"local-eap-id", "local-xauth-id"} & values.keys())
    return IkeSa(
        name=name,
        state=values.get("state", "unknown"),
        local=_address(values.get("local-host")),
        local_port=_number(values.get("local-port"), 10),
        remote=_address(values.get("remote-host")),
        remote_port=_number(values.get("remote-port"), 10),
        local_id=None if own_person else _identity(values.get("local-id")),
        remote_id=None if person else _identity(values.get("remote-id")),
        initiator=values.get("initiator") == "yes",
        children=children,
        pid=pid,
        remote_access=person and not any(_is_network(p) for child in children for p in child.remote_prefixes),
    )


def _is_network(prefix: str) -> bool:
    """Return whether `prefix` holds more than one address: a person has one, so behind this peer is a site."""
    return not prefix.endswith(("/32", "/128"))


def _child(key: str, section: Section) -> IkeChild:
    """Return one child SA; its own name, else that of its section."""
    values, lists = section.values, section.lists
    return IkeChild(
        name=values.get("name", key),
        state=values.get("state", "unknown"),
        mode=values.get("mode", "unknown"),
        local_prefixes=_prefixes(lists.get("local-ts", ())),
        remote_prefixes=_prefixes(lists.get("remote-ts", ())),
        reqid=_number(values.get("reqid"), 10),
        if_id=_number(values.get("if-id-out") or values.get("if-id-in"), 16),
    )


def configured(name: str, section: Section, pid: int) -> list[IkeSa]:
    """Return a configured connection of `list-conns`, one row a far end it names.

    One that only lets traffic pass or drops it (mode PASS or DROP) is no connection and gives none.
    """
    children = _inner(section, "children")
    modes = {child.values.get("mode") for child in children.values()}
    if modes and modes <= _NOT_TUNNELLED:
        return []
    here = _identities(section, "local-")
    there = _identities(section, "remote-")
    remote_access = any("EAP" in kind.upper() or "XAUTH" in kind.upper() for kind, _ in there)
    far_ends: list[str | None] = [far for far in section.lists.get("remote_addrs", ()) if _is_one(far)]
    fixed = [address for address in section.lists.get("local_addrs", ()) if _address(address)]
    return [
        IkeSa(
            name=name,
            state="CONFIGURED",
            local=_address(fixed[0]) if len(fixed) == 1 else None,
            local_port=None,
            remote=_address(far),
            remote_port=None,
            local_id=next((_identity(identity) for _, identity in here), None),
            remote_id=None if remote_access else next((_identity(identity) for _, identity in there), None),
            initiator=None,
            children=tuple(
                IkeChild(key, "CONFIGURED", child.values.get("mode", "unknown")) for key, child in children.items()
            ),
            pid=pid,
            remote_name=None if _address(far) else far,
            remote_access=remote_access,
        )
        for far in far_ends or [None]
    ]


def _is_one(far: str) -> bool:
    """Return whether a configured far end is one address or host name: no "%any", prefix or range."""
    first, _, last = far.partition("-")
    return not far.startswith("%") and "/" not in far and not (_address(first) and _address(last))


def _identities(section: Section, prefix: str) -> list[tuple[str, str | None]]:
    """Return (class of authentication, identity) of each round of one side, in order."""
    rounds = [inner.values for key, inner in section.sections.items() if key.startswith(prefix)]
    return [(values.get("class", ""), values.get("id")) for values in rounds]


def _inner(section: Section, name: str) -> dict[str, Section]:
    """Return the sections within section `name`; none if there is none of that name."""
    found = section.sections.get(name)
    return found.sections if found else {}


def _address(value: str | None) -> str | None:
    """Return `value` as canonical address, None for "%any", a name or nothing."""
    try:
        address = ip_address(value) if value else None
    except ValueError:
        return None
    return None if address is None or address.is_unspecified else str(address)


def _number(value: str | None, base: int) -> int | None:
    """Return `value` as a number, None if it is none or below zero."""
    try:
        number = int(value, base) if value else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1 << 32 else None


def _identity(value: str | None) -> str | None:
    """Return an IKE identity unless it names nobody ("%any") or may name a person."""
    if not value or value.startswith("%") or "@" in value.lstrip("@") or _PERSONAL_FIELD.search(value):
        return None
    return value


def _prefixes(selectors: tuple[str, ...]) -> tuple[str, ...]:
    """Return traffic selectors as prefixes: ranges taken apart, protocol and ports dropped, "dynamic" left out."""
    found: list[str] = []
    for selector in selectors:
        first, _, last = selector.partition("[")[0].partition("..")
        try:
            if last:
                start, end = ip_address(first), ip_address(last)
                found += map(str, summarize_address_range(start, end))
            else:
                found.append(str(ip_network(first, strict=False)))
        except (ValueError, TypeError):
            continue
    return tuple(dict.fromkeys(found))
