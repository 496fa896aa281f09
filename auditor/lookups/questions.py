"""What is asked for the far ends of tunnels: no name twice, no person ever; pure."""

from collections.abc import Iterable, Iterator

from auditor.correlate.far_ends import holds_networks
from auditor.formats.hostnames import asked_as
from auditor.ipdata.addresses import carried, has_a_place
from auditor.lookups.origin import question_name
from auditor.model.address import host_name, parse
from auditor.model.lookup import Lookup, Outcome, Purpose, Question, Refusal, Reply
from auditor.model.register import LookupSettings
from auditor.model.tunnel import Family, Realisation, Remote, Role, Tunnel

ADDRESS_TYPES = ("A", "AAAA")
HOSTS = "/etc/hosts"


def names_of(tunnels: Iterable[Tunnel]) -> dict[str, bool]:
    """Return the configured names of far ends, as they are compared; never those of people (guidance 9).

    True: every program that uses the name is in the host's own namespace, so it reads the host's own hosts file.
    """
    found: dict[str, bool] = {}
    for tunnel in tunnels:
        if tunnel.family is not Family.REMOTE_ACCESS:
            for remote in tunnel.remotes:
                if name := host_name(remote.endpoint.name or ""):
                    found[name] = found.get(name, True) and tunnel.scope.name is None
    return found


def for_names(names: Iterable[str]) -> Iterator[tuple[Question, Refusal | None]]:
    """Yield what is asked for `names`, both address families, and why a name is never asked (None: it is)."""
    for subject in names:
        wire = asked_as(subject)
        refused = wire if isinstance(wire, Refusal) else None
        for type_ in ADDRESS_TYPES:
            yield Question(Purpose.ADDRESS, subject, subject if refused else wire, type_), refused


def by_file(name: str, addresses: tuple[str, ...]) -> Iterator[Lookup]:
    """Yield the look-ups of `name` that the hosts file settles: programs read it first, and nobody is asked."""
    for version, type_ in zip((4, 6), ADDRESS_TYPES, strict=True):
        values = tuple(address for address in addresses if parse(address).version == version)
        outcome = Outcome.ANSWERED if values else Outcome.NO_DATA
        yield Lookup(
            question=Question(Purpose.ADDRESS, name, name, type_),
            reply=Reply(outcome=outcome, values=values, resolvers=(HOSTS,)),
        )


def addresses_of(tunnels: Iterable[Tunnel]) -> tuple[str, ...]:
    """Return the public addresses of far ends that a stranger may be asked about, each once."""
    found = (
        remote.endpoint.address
        for tunnel in tunnels
        if tunnel.family is not Family.REMOTE_ACCESS
        for remote in tunnel.remotes
        if remote.endpoint.address and not _may_be_a_person(tunnel, remote)
    )
    return tuple(address for address in dict.fromkeys(found) if has_a_place(parse(address)))


def _may_be_a_person(tunnel: Tunnel, remote: Remote) -> bool:
    """Return whether `remote` may be somebody at home or in a hotel: it called a server, and no network is behind it.

    NOTE: it stays a far end of the report, since a site must not vanish; but its address is told to nobody.
    """
    serves = tunnel.role is Role.SERVER or tunnel.realisation is Realisation.VPN_SERVER
    return serves and remote.endpoint.name is None and not holds_networks(remote.prefixes)


def for_addresses(addresses: Iterable[str], settings: LookupSettings) -> Iterator[Question]:
    """Yield what is asked about `addresses`: their names, and who announces them, each if it is wanted."""
    for address in addresses:
        parsed = parse(address)
        if settings.reverse:
            yield Question(Purpose.REVERSE, address, parsed.reverse_pointer, "PTR")
        if settings.origin:
            zones = settings.origin_zone, settings.origin6_zone
            yield Question(Purpose.ORIGIN, address, question_name(carried(parsed), *zones), "TXT")
