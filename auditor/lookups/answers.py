"""What look-ups amount to for far ends: addresses of names, evidence on addresses, what stays unknown; pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from auditor.correlate import recheck
from auditor.ipdata.addresses import carried
from auditor.lookups.origin import longest
from auditor.lookups.questions import HOSTS
from auditor.lookups.words import unknown_because
from auditor.model.address import host_name, parse
from auditor.model.lookup import ANSWERS, NOBODY_ASKED, PROBE, Lookup, Lookups, OriginAnswer, Outcome, Purpose
from auditor.model.match import Place
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Family, Remote, Tunnel, Witness
from auditor.technologies import load

_REASONS = {
    Outcome.TIMEOUT: Reason.TIMEOUT,
    Outcome.OUT_OF_TIME: Reason.TIMEOUT,
    Outcome.TOO_MANY: Reason.SKIPPED,
    Outcome.REFUSED: Reason.PERMISSION,
    Outcome.SERVFAIL: Reason.ABSENT,
    Outcome.UNREACHABLE: Reason.ABSENT,
    Outcome.TRUNCATED: Reason.TRUNCATED,
}
_SHOWN = 6


class Answers:
    """The look-ups of one scan, found by name and by address. Without any it changes nothing."""

    def __init__(self, lookups: Lookups = NOBODY_ASKED) -> None:
        """Index `lookups`."""
        self._resolvers = ", ".join(lookups.resolvers)
        self._unread = lookups.unread
        self._names: defaultdict[str, list[Lookup]] = defaultdict(list)
        self._addresses: defaultdict[str, list[Lookup]] = defaultdict(list)
        for found in lookups.asked:
            about = self._names if found.question.purpose is Purpose.ADDRESS else self._addresses
            about[found.question.about].append(found)

    def tunnels(self, tunnels: tuple[Tunnel, ...]) -> tuple[Tunnel, ...]:
        """Return `tunnels` with a far end for each address of a name, and what look-ups say of those seen.

        An id was made before and stays, whatever a name means today.
        """
        return tuple(map(self._tunnel, tunnels)) if self._names else tunnels

    def place(self, place: Place, endpoint: Endpoint) -> Place:
        """Return `place` of `endpoint` with what was looked up; that never makes it surer, and can make it less so."""
        if endpoint.address is None:
            about = self._of_name(endpoint.name)
            why = unknown_because(about)
            return replace(place, why=why) if why and place.location is None else place
        about = self._addresses.get(endpoint.address, ())
        if not about:
            return place
        place = replace(
            place,
            reverse_names=tuple(
                name for one in about if one.question.purpose is Purpose.REVERSE for name in one.reply.values
            ),
            origins=tuple(filter(None, map(_origin, about))),
        )
        return _doubted(place)

    def gaps(self, tunnels: Iterable[Tunnel]) -> Iterator[BlindSpot]:
        """Yield a blind spot for each kind of failure that leaves a far end of `tunnels` without a place."""
        yield from self._unread
        hidden: defaultdict[Outcome, list[str]] = defaultdict(list)
        technologies: defaultdict[Outcome, set[str]] = defaultdict(set)
        for tunnel in tunnels:
            for name in _unplaced(tunnel):
                for one in self._of_name(name):
                    outcome = Outcome.TRUNCATED if one.reply.cut else one.reply.outcome
                    if not one.reply.is_complete and outcome is not Outcome.NOT_ASKED:
                        hidden[outcome].append(name)
                        technologies[outcome].add(tunnel.technology)
        for outcome, names in hidden.items():
            several = list(Counter(names))
            shown = ", ".join(several[:_SHOWN]) + (f" and {len(several) - _SHOWN} more" if several[_SHOWN:] else "")
            yield BlindSpot(
                probe=PROBE,
                scope="host",
                source=f"DNS, asked of {self._resolvers or 'no resolver'}",
                reason=_REASONS.get(outcome, Reason.UNPARSED),
                detail=f"{outcome.value.replace('_', ' ')}: addresses of {shown}",
                hides=tuple(load().in_order(technologies[outcome])),
            )

    def _of_name(self, name: str | None) -> Sequence[Lookup]:
        """Return the look-ups of `name`, nothing for None or a name that nobody was to be asked about."""
        return self._names.get(host_name(name or ""), [])

    def _tunnel(self, tunnel: Tunnel) -> Tunnel:
        """Return `tunnel` with its names resolved; one that serves people is left as it is."""
        if tunnel.family is Family.REMOTE_ACCESS or not any(remote.endpoint.name for remote in tunnel.remotes):
            return tunnel
        compared = [pair for pair in map(self._compared, tunnel.remotes) if pair]
        return replace(
            tunnel,
            remotes=tuple(dict.fromkeys(end for remote in tunnel.remotes for end in self._ends(remote))),
            witnesses=(*tunnel.witnesses, *(witness for witness, _ in compared)),
            contradictions=(*tunnel.contradictions, *(text for _, text in compared if text)),
        )

    def _ends(self, remote: Remote) -> Iterator[Remote]:
        """Yield `remote` once for each address that its name has, and as it is where there may be others.

        What the host itself shows goes before any name server.
        """
        known = remote.endpoint
        about = self._of_name(known.name) if known.address is None else ()
        addresses = _addresses(about)
        for address in addresses:
            yield replace(remote, endpoint=replace(known, address=address), resolved=True)
        if not addresses or not all(one.reply.is_complete for one in about):
            yield remote

    def _compared(self, remote: Remote) -> tuple[Witness, Text | None] | None:
        """Return what name servers say of the name of a far end, and whether the address that was seen is another."""
        name, seen = remote.endpoint.name, remote.endpoint.address
        about = self._of_name(name)
        addresses = _addresses(about)
        if name is None or not addresses:
            return None
        listed = ", ".join(addresses[:_SHOWN]) + (f" and {len(addresses) - _SHOWN} more" if addresses[_SHOWN:] else "")
        asked = about[0].question.name
        again = (
            f"dig {asked} A {asked} AAAA" if about[0].asked_at else recheck.command("grep", "-wF", "--", asked, HOSTS)
        )
        witness = Witness(probe=PROBE, says=f"{name} has the address {listed}", recheck=again)
        if seen is None or seen in addresses or not all(one.reply.is_complete for one in about):
            return witness, None
        return witness, Text(
            f"the tunnel goes to {seen}, but {name} now has the address {listed}",
            f"该隧道实际连接的对端为{seen}，但{name}目前的地址为{listed}",
        )


def _addresses(about: Iterable[Lookup]) -> tuple[str, ...]:
    """Return all addresses in the answers `about` one name, IPv4 first."""
    return tuple(dict.fromkeys(value for one in about for value in one.reply.values))


def _unplaced(tunnel: Tunnel) -> Iterator[str]:
    """Yield the names of far ends of which no address was seen, nor are all known."""
    yield from dict.fromkeys(
        host_name(remote.endpoint.name)
        for remote in tunnel.remotes
        if tunnel.family is not Family.REMOTE_ACCESS and remote.endpoint.name and remote.endpoint.address is None
    )


def _origin(one: Lookup) -> OriginAnswer | None:
    """Return who announces an address by the answer to `one`, None for another question or without an answer."""
    if one.question.purpose is not Purpose.ORIGIN or one.reply.outcome not in ANSWERS or one.asked_at is None:
        return None
    asns, prefix = longest(one.reply.values, carried(parse(one.question.about)))
    if one.reply.values and not asns:
        return None  # NOTE: an answer of another form says nothing, not that nobody announces it
    return OriginAnswer(source=_zone(one), asked_at=one.asked_at, asns=asns, prefix=prefix)


def _zone(one: Lookup) -> str:
    """Return the domain that was asked: what follows the bytes or nibbles of the address."""
    labels = one.question.name.split(".")
    return ".".join(labels[4 if carried(parse(one.question.about)).version == 4 else 32 :])


def _doubted(place: Place) -> Place:
    """Return `place`, less sure if a live answer names other origins than the data that it rests on."""
    said = [answer for answer in place.origins if place.asn is not None and place.asn not in answer.asns]
    if not said or place.basis != "geoip":
        return place
    live = ", ".join(f"AS{number}" for number in said[0].asns)
    why = Text(
        f"the data say AS{place.asn} announces it, {said[0].source} says {live or 'nobody does'}: the data may be old",
        f"数据记载由AS{place.asn}宣告，{said[0].source}答复为{live or '无人宣告'}：数据可能已过时",
    )
    return replace(place, confidence="low" if place.confidence == "high" else place.confidence, why=why)
