"""Waivers as documents hold them, each with its state on the day of the scan."""

from datetime import date
from typing import Any

from auditor.model.register import Acknowledgement, Waiver
from auditor.model.scan import Audited, Scan

GATEWAY = "gateway"
"""What `used_by` calls the gateway itself, as waivers do."""


def waivers(scan: Scan) -> list[dict[str, Any]]:
    """Return every waiver with its state: expired, expiring, used or unused, in this order."""
    today = scan.as_of.astimezone(scan.config.zone).date()
    used: dict[str, list[str]] = {}
    for audited in scan.objects:
        for accepted in of(audited):
            used.setdefault(accepted.id, []).append(audited.id)
    if scan.gateway_waiver:
        used.setdefault(scan.gateway_waiver.id, []).append(GATEWAY)
    entries = [
        {
            **waiver(accepted),
            "state": _waiver_state(scan, accepted, today, used),
            "used_by": sorted(used.get(accepted.id, [])),
        }
        for accepted in _all_waivers(scan)
    ]
    order = ("expired", "expiring", "used", "unused")
    return sorted(entries, key=lambda entry: (order.index(entry["state"]), entry["expires"], entry["id"]))


def of(audited: Audited) -> tuple[Waiver, ...]:
    """Return every waiver that accepts something of an object, the one that accepts everything first."""
    whole = (audited.waiver,) if audited.waiver else ()
    return (*whole, *(accepted for accepted in audited.waivers if accepted not in whole))


def _all_waivers(scan: Scan) -> list[Waiver]:
    """Return every waiver that the scan knows, each id once."""
    carried = [accepted for audited in scan.objects for accepted in of(audited)]
    every = (
        *scan.register.waivers,
        *carried,
        *filter(None, (scan.gateway_waiver,)),
        *scan.waivers_expired,
        *scan.waivers_unused,
    )
    return list({accepted.id: accepted for accepted in every}.values())


def _waiver_state(scan: Scan, accepted: Waiver, today: date, used: dict[str, list[str]]) -> str:
    """Return the state of a waiver on the day of the scan in the configured zone."""
    if accepted.expires < today or any(old.id == accepted.id for old in scan.waivers_expired):
        return "expired"
    if accepted.id not in used:
        return "unused"
    left = (accepted.expires - today).days
    return "expiring" if left <= scan.config.policy.expiry_warning_days else "used"


def exception(accepted: Waiver | Acknowledgement) -> dict[str, Any]:
    """Return who accepted an exception, why and until when."""
    return {
        "id": accepted.id,
        "reason": accepted.reason,
        "owner": accepted.owner,
        "approver": accepted.approver,
        "approved_on": accepted.approved_on.isoformat(),
        "expires": accepted.expires.isoformat(),
    }


def waiver(accepted: Waiver) -> dict[str, Any]:
    """Return a waiver as documents hold it; it holds through the whole day `expires`."""
    return {
        **exception(accepted),
        "controls": sorted(accepted.controls),
        "objects": sorted(accepted.objects),
        "prefixes": [str(prefix) for prefix in accepted.prefixes],
    }
