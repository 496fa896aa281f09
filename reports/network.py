"""What the network shows beside what is stated: of circuits (control X-05) and of uplinks (N-01)."""

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Any

from auditor.model.match import Comparison
from auditor.model.register import Uplink
from auditor.model.scan import Scan
from auditor.model.text import Text
from auditor.model.uplink import UplinkSeen
from reports import ends, words
from reports.labels import Value, both, both_or_none, say


def comparisons(rows: Iterable[Comparison]) -> list[dict[str, Any]]:
    """Return the attributes compared, both sides of each; null: that side states nothing."""
    return [
        {
            "attribute": row.attribute,
            "observed": both_or_none(row.observed),
            "registered": both_or_none(row.registered),
            "agreement": row.agreement.value,
            "note": both_or_none(row.note),
        }
        for row in rows
    ]


def uplinks(scan: Scan) -> list[dict[str, Any]]:
    """Return every uplink seen or declared, by namespace and device."""
    found = [_uplink(one, scan.config.zone) for one in scan.uplinks]
    return sorted(found, key=lambda one: (one["namespace"] or "", one["interface"]))


def _uplink(seen: UplinkSeen, zone: tzinfo) -> dict[str, Any]:
    """Return one uplink: what is declared, what is seen, and the class that follows."""
    declared = seen.declared
    return {
        "interface": seen.interface,
        "namespace": seen.namespace,
        "declared": {"provider": declared.provider, "class": declared.class_, "contract": declared.contract}
        if declared
        else None,
        "class": seen.class_,
        "class_label": both(words.value("uplink_class", seen.class_)),
        "evidence": seen.evidence.value,
        "reason": both(seen.reason),
        "default_route": seen.default_route,
        "addresses": [ends.near_end(end, zone) for end in seen.ends],
        "next_hops": [ends.near_end(end, zone) for end in seen.next_hops],
        "comparisons": comparisons(seen.comparisons),
    }


def said(rows: Iterable[Comparison]) -> Iterator[Text]:
    """Yield each comparison in one line with both sides, its verdict and its note."""
    for row in rows:
        values: dict[str, Value] = {
            "attribute": words.attribute(row.attribute),
            "observed": row.observed or say("word.not_known"),
            "registered": row.registered or say("word.none"),
            "says": say(f"agreement.{row.agreement.value}"),
        }
        line = say("evidence.compared", **values)
        yield say("evidence.noted", line=line, note=row.note) if row.note else line


def of_uplink(scan: Scan, namespace: str | None, interface: str) -> Iterator[Text]:
    """Yield what is declared of one uplink (provider, class, contract) and what the network shows of it."""
    declared = next(
        (one for one in scan.config.site.uplinks if (one.namespace, one.interface) == (namespace, interface)), None
    )
    yield _declared(declared) if declared else say("evidence.uplink_undeclared", interface=_name(namespace, interface))
    for seen in scan.uplinks:
        if (seen.namespace, seen.interface) == (namespace, interface):
            evidence = say(f"uplink.{seen.evidence.value}")
            yield say("evidence.uplink_seen", evidence=evidence, reason=seen.reason)
            yield from said(seen.comparisons)


def of_uplinks(scan: Scan) -> Iterator[Text]:
    """Yield the same of every uplink, declared ones first."""
    declared = [(one.namespace, one.interface) for one in scan.config.site.uplinks]
    if not declared:
        yield say("evidence.no_uplink")
    for namespace, interface in dict.fromkeys((*declared, *((one.namespace, one.interface) for one in scan.uplinks))):
        yield from of_uplink(scan, namespace, interface)


def _declared(uplink: Uplink) -> Text:
    """Return what the configuration states of an uplink."""
    return say(
        "evidence.uplink",
        interface=_name(uplink.namespace, uplink.interface),
        class_=words.value("uplink_class", uplink.class_),
        provider=uplink.provider or say("word.not_stated"),
        contract=uplink.contract or say("word.not_stated"),
    )


def _name(namespace: str | None, interface: str) -> str:
    """Return a device as ``namespace/device``, the device alone in the host's own."""
    return f"{namespace}/{interface}" if namespace else interface
