"""Ends of connections as documents hold them: where each is and whose, on whose word, of which day, how sure."""

from datetime import tzinfo
from typing import Any

from auditor.model.match import NearEnd, Place
from auditor.model.scan import Audited, Scan
from auditor.model.text import Text, alike
from reports.labels import both, both_or_none, place, say


def places(scan: Scan, audited: Audited) -> dict[str, Any]:
    """Return where this end and each far end is, and on whose word."""
    here = scan.config.site.location
    near = {end.address: end for path in audited.paths for end in path.near}
    return {
        "local": {
            "location": here,
            "name": both(place(here)),
            "site": scan.config.site.name,
            "addresses": [near_end(end, scan.config.zone) for end in near.values()],
        },
        "remotes": [
            {"remote": path.remote, **_place(path.place, scan.config.zone)}
            for path in audited.paths
            if audited.kind != "public_network_access"
        ],
    }


def near_end(end: NearEnd, zone: tzinfo) -> dict[str, Any]:
    """Return an address of this gateway's own, or of a router beside it, with its place."""
    return {"address": end.address, **_place(end.place, zone)}


def _place(at: Place, zone: tzinfo) -> dict[str, Any]:
    """Return a place with its basis, day and confidence (guidance 5.2), and who announces the address."""
    return {
        "location": at.location,
        "name": both(place(at.location)),
        "basis": at.basis,
        "confidence": at.confidence,
        "address_class": at.address_class,
        "relation": at.relation,
        "operator": at.operator,
        "operator_name": both_or_none(operator_name(at)),
        "operator_class": at.operator_class,
        "asn": at.asn,
        "asn_source": at.asn_source,
        "asn_dated": at.asn_dated,
        "source": both_or_none(at.source),
        "dated": at.dated,
        "answers": [
            {"source": answer.source, "dated": answer.dated, "location": answer.location} for answer in at.answers
        ],
        "why": both_or_none(at.why),
        "origins": [
            {
                "source": origin.source,
                "asked_at": origin.asked_at.astimezone(zone).isoformat(timespec="seconds"),
                "asns": list(origin.asns),
                "prefix": origin.prefix,
            }
            for origin in at.origins
        ],
        "reverse_names": list(at.reverse_names),
    }


def operator_name(at: Place) -> Text | None:
    """Return who announces the address in both languages, None if that is not known."""
    return at.operator_name or (alike(at.operator) if at.operator else None)


def told(at: Place) -> Text:
    """Return in one line where an end is and whose: place, basis with its day, confidence, AS and operator."""
    dated = say("ends.dated", date=at.dated) if at.dated else alike("")
    confidence = say(f"confidence.{at.confidence}")
    if at.location is not None:
        basis = say(f"basis.{at.basis}")
        said = say("ends.placed", place=place(at.location), basis=basis, dated=dated, confidence=confidence)
    elif at.why:
        dated = say("ends.data_dated", date=at.dated) if at.dated else dated
        said = say("ends.unplaced", why=at.why, dated=dated, confidence=confidence)
    else:
        said = say("sentence.place_unknown")
    owner = announced_by(at)
    return say("ends.with_operator", place=said, operator=owner) if owner else said


def announced_by(at: Place) -> Text | None:
    """Return AS and operator with the day of the data, None if neither is known."""
    name = operator_name(at)
    if at.asn is None:
        return name
    asn = say("ends.asn_named", asn=at.asn, name=name) if name else alike(f"AS{at.asn}")
    if at.asn_source is None:
        return asn
    return say("ends.asn_dated", asn=asn, source=at.asn_source, date=at.asn_dated)
