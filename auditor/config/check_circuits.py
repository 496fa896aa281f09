"""Warnings about single circuits: ones that cannot be recognised, contradict themselves, or end."""

from collections.abc import Iterator
from datetime import datetime

from auditor.config.dates import contract_status, days_left
from auditor.config.licences import scope_of
from auditor.config.validate import Problem
from auditor.config.words import show
from auditor.model.register import Circuit, Config, Network, Register

_INTERNATIONAL = {"iplc", "iepl", "ipvpn-international", "international", "intl", "cross", "overseas"}
_HOW = (
    "state peer_prefixes, hostnames or a key in [circuit.match], prefixes in [circuit.z], or the hand-off in"
    " [circuit.a] (interface or vlan, with next_hop or prefixes)"
)


def circuit_warnings(config: Config, register: Register, now: datetime) -> Iterator[Problem]:
    """Yield warnings about every circuit of `register`."""
    for index, circuit in enumerate(register.circuits):
        yield from _recognised(index, circuit)
        yield from _contract(index, circuit, now, config)
        yield from _ends(index, circuit, config)
        yield from _inventory(index, circuit, register)


def attributes(circuit: Circuit) -> frozenset[str]:
    """Return the independent attributes by which a connection can be recognised as `circuit` (guidance 5.4)."""
    found = {
        "far addresses": bool(circuit.match.peer_prefixes or circuit.z.prefixes),
        "hand-off": (circuit.a.interface is not None or circuit.a.vlan is not None)
        and (circuit.a.next_hop is not None or bool(circuit.a.prefixes)),
        # NOTE: a name and the address it stands for are one attribute.
        "host name": bool(circuit.match.hostnames) and not (circuit.match.peer_prefixes or circuit.z.prefixes),
        # NOTE: no probe shows certificates, so fingerprints identify nothing so far.
        "key identity": bool(circuit.match.wireguard_public_keys or circuit.match.ike_identities),
    }
    return frozenset(name for name, stated in found.items() if stated)


def _recognised(index: int, circuit: Circuit) -> Iterator[Problem]:
    """Yield a warning for a circuit that no connection can be matched to, or only weakly."""
    path = ("circuit", index)
    if circuit.status == "decommissioned":
        yield Problem(
            path=(*path, "status"),
            text="is decommissioned: no connection over it can be compliant; remove the entry once nothing uses it",
        )
    if circuit.status in ("decommissioned", "planned"):
        return
    stated = attributes(circuit)
    if not stated:
        alone = "the name of an interface alone never matches" if circuit.a.interface else "nothing identifies it"
        yield Problem(path=path, text=f"can never match a connection, {alone}; {_HOW}")
    elif len(stated) == 1:
        yield Problem(
            path=path,
            text=f"can only match weakly, by its {next(iter(stated))}, and so stays in review; {_HOW},"
            " or write the cid into the alias of the interface",
        )


def _contract(index: int, circuit: Circuit, now: datetime, config: Config) -> Iterator[Problem]:
    """Yield a warning when the contract is not plainly in force (control X-04)."""
    if circuit.status == "decommissioned":
        return
    status, last = contract_status(circuit, now, config), circuit.termination_date
    key = "termination_date"
    left = None if last is None else days_left(last, now, config)
    if status == "expiring_soon":
        text = f"the contract ends on {last}, {_in(left)}"
    elif status in ("expired", "terminated"):
        text = f"the contract ended on {last}"
    elif status == "renewal_pending":
        text = f"the contract ended on {last} and its renewal is still pending"
    elif status == "not_started" and circuit.install_date is not None and circuit.status == "active":
        key, text = "install_date", f"the circuit is active, but its contract only begins on {circuit.install_date}"
    elif status == "unknown" and circuit.status in ("planned", "provisioning"):
        key, text = "status", f"is {circuit.status}, although install_date {circuit.install_date} has come"
    elif status == "unknown":
        text = "is not stated, so control X-04 stays in review"
    else:
        return
    yield Problem(path=("circuit", index, key), text=text)


def _in(days: int | None) -> str:
    """Return how far away a last day is, in words."""
    return "today" if days == 0 else f"in {days} day{'' if days == 1 else 's'}"


def _ends(index: int, circuit: Circuit, config: Config) -> Iterator[Problem]:
    """Yield warnings about the two ends: places not stated, equal, or at odds with type and site."""
    a, z, site = circuit.a, circuit.z, config.site.location
    path = ("circuit", index)
    if z.location is None:
        yield Problem(path=(*path, "z", "location"), text="is not stated, so the register does not say where it leads")
    if a.location is None and site is None:
        yield Problem(path=(*path, "a", "location"), text="is not stated, and [site] has no location either")
    if a.location is not None and site is not None and a.location != site:
        yield Problem(
            path=(*path, "a", "location"), text=f"is {a.location}, but this gateway's site is in {site}; A is this side"
        )
    if (
        _INTERNATIONAL & set(circuit.type.lower().replace("_", "-").split("-"))
        and scope_of(circuit, config) == "domestic"
    ):
        yield Problem(path=(*path, "type"), text=f"{circuit.type} is international, but both ends are in the mainland")
    if a.site is not None and z.site is not None and a.site.casefold() == z.site.casefold():
        yield Problem(path=(*path, "z", "site"), text="is the same site as end A")
    for position, prefix in enumerate(z.prefixes):
        if any(_overlap(prefix, other) for other in a.prefixes):
            yield Problem(path=(*path, "z", "prefixes", position), text=f"{prefix} is also at end A")


def _inventory(index: int, circuit: Circuit, register: Register) -> Iterator[Problem]:
    """Yield a warning for a far prefix that a known network places elsewhere."""
    for position, prefix in enumerate(circuit.z.prefixes):
        for network in register.networks:
            elsewhere = None not in (network.location, circuit.z.location) and network.location != circuit.z.location
            if elsewhere and any(
                _overlap(prefix, known) and prefix.prefixlen >= known.prefixlen for known in network.prefixes
            ):
                yield Problem(
                    path=("circuit", index, "z", "prefixes", position),
                    text=f"{prefix} is in {network.location} by [[network]] {show(network.name)},"
                    f" but end Z is in {circuit.z.location}",
                )


def _overlap(one: Network, other: Network) -> bool:
    """Return whether two networks share addresses."""
    return one.version == other.version and one.overlaps(other)
