"""Listening beside a survey: packets on the uplinks as one witness more of the tunnels that probes found."""

from dataclasses import replace

from auditor.correlate import packets
from auditor.errors import SourceAbsent, SourceError
from auditor.host import Host
from auditor.model.rows import InterfaceAddress
from auditor.model.sightings import BlindSpot, Reason, Scope
from auditor.packets.details import describe
from auditor.packets.interfaces import links, uplinks
from auditor.packets.live import Heard, listen
from auditor.packets.protocols import protocols
from auditor.survey import Survey


def listen_too(survey: Survey, host: Host, seconds: int) -> Survey:
    """Return `survey` with what `seconds` of listening to the host's own uplinks showed of the gateway's tunnels.

    What could not be heard is a gap. Packets between others are not kept, not even their number.
    """
    addresses = addresses_of(survey)
    names = uplinks(host)
    source = f"packets on {', '.join(names)}" if names else "packets"
    try:
        if not names:
            raise SourceAbsent("no interface has a default route")
        heard = listen(links(host, names), seconds, addresses.__contains__)
    except SourceError as error:
        return replace(survey, gaps=(*survey.gaps, _gap(source, error.reason, error.detail, error.needs)))
    details = describe.add(heard.tunnels)
    return replace(
        survey,
        inventory=packets.join(survey.inventory, heard.tunnels, addresses),
        gaps=(*survey.gaps, *_gaps(source, heard), *_unread(source, details)),
    )


def addresses_of(survey: Survey) -> dict[str, Scope]:
    """Return the gateway's addresses with the namespace of each, the host's own first."""
    found: dict[str, Scope] = {}
    for run in survey.runs:
        for row in run.rows:
            if isinstance(row, InterfaceAddress):
                found.setdefault(row.address, run.scope)
    return found


def _gaps(source: str, heard: Heard) -> list[BlindSpot]:
    """Return what was missed while listening."""
    gaps = [_gap(source, Reason.CHANGED, problem.en) for problem in heard.problems]
    if heard.dropped:
        gaps.append(_gap(source, Reason.OVERFLOW, f"{heard.dropped} packets were dropped by the kernel"))
    return gaps


def _unread(source: str, details: describe.Outcome) -> list[BlindSpot]:
    """Return what handshakes said that could not be read. It hides no tunnel, and Scapy need not be there."""
    if details.unread is None or details.absent:
        return []
    return [replace(_gap(source, Reason.UNPARSED, details.unread.en), hides=())]


def _gap(source: str, reason: Reason, detail: str, needs: str | None = None) -> BlindSpot:
    """Return one gap over everything that packets can show."""
    hides = tuple(dict.fromkeys(one.technology for one in protocols().values()))
    return BlindSpot(
        probe=packets.PROBE, scope="host", source=source, reason=reason, detail=detail, hides=hides, needs=needs
    )
