"""The parts of a document beside the judged objects: gateway, circuits, gaps, probes, waivers, provenance."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from auditor import technologies
from auditor.model.lookup import PROBE as LOOKUPS
from auditor.model.register import Circuit, End, Provider
from auditor.model.scan import CircuitSeen, Gap, ProbeSummary, Scan
from auditor.model.sightings import BlindSpot
from auditor.model.text import Text
from auditor.model.tunnel import NotTunnel
from reports import waivers, words
from reports.labels import both, joined, place, say
from reports.sentences import natural

HOST = "host"
_CAPABILITY = re.compile("CAP_[A-Z_]+")


def gateway(scan: Scan) -> dict[str, Any]:
    """Return the host audited: names, versions, capabilities held and namespaces (null: the host's own)."""
    host = scan.gateway
    return {
        "name": scan.config.gateway_name or host.hostname,
        "hostname": host.hostname,
        "kernel": host.kernel,
        "machine": host.machine,
        "privileges": sorted(host.privileges),
        "namespaces": [{"name": scope.name, "label": scope.label} for scope in host.scopes],
    }


def site(scan: Scan) -> dict[str, Any]:
    """Return the site as the configuration states it."""
    here = scan.config.site
    return {
        "name": here.name,
        "name_zh": here.name_zh,
        "label": {"en": here.name, "zh": here.name_zh or here.name},
        "location": here.location,
        "location_name": both(place(here.location)),
        "uplinks": [
            {
                "interface": uplink.interface,
                "namespace": uplink.namespace,
                "provider": uplink.provider,
                "class": uplink.class_,
                "contract": uplink.contract,
            }
            for uplink in here.uplinks
        ],
    }


def circuits(scan: Scan) -> list[dict[str, Any]]:
    """Return every registered circuit and what showed it, by provider and cid."""
    used: dict[str, list[str]] = {}
    for audited in scan.objects:
        for cid in {audited.circuit, *(path.match.cid for path in audited.paths)} - {None}:
            used.setdefault(str(cid), []).append(audited.id)
    providers = {provider.slug: provider for provider in scan.register.providers}
    entries = [_circuit(seen, providers, used.get(seen.circuit.cid, [])) for seen in scan.circuits]
    return sorted(entries, key=lambda entry: (entry["provider"], entry["cid"]))


def _circuit(seen: CircuitSeen, providers: dict[str, Provider], objects: list[str]) -> dict[str, Any]:
    """Return one circuit with its contract, its ends and what showed it."""
    circuit: Circuit = seen.circuit
    provider = providers.get(circuit.provider)
    name = Text(provider.name, provider.name_zh or provider.name) if provider else Text(*2 * (circuit.provider,))
    return {
        "provider": circuit.provider,
        "provider_name": both(name),
        "cid": circuit.cid,
        "type": circuit.type,
        "status": circuit.status,
        "description": circuit.description,
        "install_date": iso(circuit.install_date),
        "termination_date": iso(circuit.termination_date),
        "renewal_pending": circuit.renewal_pending,
        "contract": circuit.contract,
        "contract_party": circuit.contract_party,
        "contract_status": seen.contract_status,
        "contract_label": both(words.value("contract_status", seen.contract_status)),
        "period": both(words.period(circuit.install_date, circuit.termination_date)),
        "purpose": circuit.purpose,
        "a": _end(circuit.a),
        "z": _end(circuit.z),
        "seen": seen.seen_by is not None,
        "seen_by": seen.seen_by,
        "objects": sorted(objects),
        "remarks": [both(remark) for remark in seen.remarks],
        "where": {"file": circuit.where.file, "line": circuit.where.line, "key": circuit.where.key},
    }


def _end(end: End) -> dict[str, Any]:
    """Return one end of a circuit."""
    where = place(end.location)
    named = Text(f"{end.site}, {where.en}", f"{end.site}（{where.zh}）") if end.site else where
    return {
        "label": both(named),
        "site": end.site,
        "location": end.location,
        "location_name": both(where),
        "prefixes": [str(prefix) for prefix in end.prefixes],
        "interface": end.interface,
        "vlan": end.vlan,
        "next_hop": end.next_hop,
    }


def providers(scan: Scan) -> list[dict[str, Any]]:
    """Return the providers of the register with their licences, by slug."""
    return [
        {
            "slug": provider.slug,
            "name": provider.name,
            "name_zh": provider.name_zh,
            "class": provider.class_,
            "licences": [
                {
                    "categories": sorted(licence.categories),
                    "number": licence.number,
                    "valid_from": iso(licence.valid_from),
                    "valid_until": iso(licence.valid_until),
                    "checked_on": iso(licence.checked_on),
                    "held": licence.held,
                }
                for licence in provider.licences
            ],
        }
        for provider in sorted(scan.register.providers, key=lambda provider: provider.slug)
    ]


def not_tunnels(scan: Scan) -> list[dict[str, Any]]:
    """Return the devices that were looked at and are no tunnels, by namespace and name."""

    def key(device: NotTunnel) -> tuple[str, tuple[tuple[int, str], ...], int]:
        return device.scope.name or "", natural(device.interface), device.ifindex

    return [
        {
            "namespace": device.scope.name,
            "interface": device.interface,
            "ifindex": device.ifindex,
            "kind": device.kind,
            "reason": both(device.reason),
        }
        for device in sorted(scan.not_tunnels, key=key)
    ]


def blind_spots(scan: Scan) -> list[dict[str, Any]]:
    """Return what could not be read: open gaps first, then by probe, namespace and source."""

    def key(gap: Gap) -> tuple[bool, str, str, str]:
        return gap.acknowledged is not None, gap.spot.probe, gap.spot.scope, gap.spot.source

    return [_blind_spot(gap) for gap in sorted(scan.gaps, key=key)]


def _blind_spot(gap: Gap) -> dict[str, Any]:
    """Return one gap with what it hides and how to open it."""
    spot = gap.spot
    return {
        "probe": spot.probe,
        "namespace": _namespace(spot.scope),
        "source": spot.source,
        "reason": spot.reason.value,
        "reason_label": both(say(f"reason.{spot.reason.value}")),
        "detail": spot.detail,
        "hides": technologies.load().in_order(spot.hides),
        "needs": spot.needs,
        "how_to_open": both(how_to_open(spot)),
        "acknowledged": waivers.exception(gap.acknowledged) if gap.acknowledged else None,
    }


def how_to_open(spot: BlindSpot) -> Text:
    """Return what a person can do so that the next scan reads `spot`."""
    if spot.probe == LOOKUPS:
        return say("open.lookups")
    if capabilities := needed_capabilities(spot):
        return capability(capabilities)
    if spot.needs:
        return say("open.needs", needs=spot.needs)
    return say(f"open.{spot.reason.value}")


def needed_capabilities(spot: BlindSpot) -> frozenset[str]:
    """Return the Linux capabilities that `spot` names as what would open it."""
    return frozenset(_CAPABILITY.findall(spot.needs or ""))


def capability(names: Iterable[str]) -> Text:
    """Return what to do so that the scan holds the capabilities `names`."""
    return say("open.capability", needs=joined([Text(name, name) for name in sorted(names)]))


def probes(scan: Scan) -> list[dict[str, Any]]:
    """Return what each probe did in each namespace, by probe and namespace; `duration_s` is wall time."""

    def key(summary: ProbeSummary) -> tuple[str, str]:
        return summary.probe, summary.scope

    return [
        {
            "probe": summary.probe,
            "namespace": _namespace(summary.scope),
            "rows": summary.rows,
            "blind_spots": summary.blind_spots,
            "duration_s": round(summary.duration_s, 3),
        }
        for summary in sorted(scan.probes, key=key)
    ]


def policy(scan: Scan) -> dict[str, Any]:
    """Return the switches of guidance 5.8 as they were set for this scan."""
    switches = scan.config.policy
    return {
        "unmatched_cross_border": switches.unmatched_cross_border,
        "look_back_days": switches.look_back_days,
        "expiry_warning_days": switches.expiry_warning_days,
        "register_review_max_age_days": switches.register_review_max_age_days,
        "location_data_max_age_days": switches.location_data_max_age_days,
    }


def iso(day: date | None) -> str | None:
    """Return a day as YYYY-MM-DD, None for one that is not recorded."""
    return day.isoformat() if day else None


def _namespace(label: str) -> str | None:
    """Return the name of a namespace from its label, None for the host's own."""
    return None if label == HOST else label
