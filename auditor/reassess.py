"""An old scan judged again with today's statements, rules and data; the host is not looked at."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from auditor import pipeline
from auditor.history.records import ScanRecord
from auditor.model.register import Config, Register
from auditor.model.scan import Observation, Reassessment, Scan
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.tunnel import Port
from auditor.objects.context import Context


def reassess(
    seen: Observation,
    record: ScanRecord,
    config: Config,
    register: Register,
    *,
    judged_at: datetime,
    as_of: datetime | None = None,
) -> Scan:
    """Return what `seen`, kept with the scan of `record`, amounts to under `config` and `register` of today.

    Contracts, permits, reviews of public-network use and waivers count as of `as_of`, by default the moment of the
    scan: what the company decided later does not reach back. What it learnt later does: look-ups of permits, the
    review of the register and data count by `judged_at`. The look-back of guidance 5.6 counts from the scan always.
    """
    as_of = as_of or seen.at
    past = seen.before.past()
    context = Context(config=config, register=register, now=as_of, past=past, known_at=judged_at, seen_at=seen.at)
    again = Reassessment(number=record.number, file=record.file, sha256=record.sha256, judged_at=judged_at, as_of=as_of)
    return replace(pipeline.judge(context, _without_unasked(seen, register)), reassessment=again)


def _without_unasked(seen: Observation, register: Register) -> Observation:
    """Return `seen` with the routes of devices that only the register of today names as not known, and a gap for each.

    Routes of devices that are no tunnels are read only where a circuit names the device. Without a default route, such
    a device would look as if it had none at all, and nothing on it could contradict the register.
    """
    more = register.watched - set(seen.watched)
    every_vlan = bool(register.watched) and not seen.watched
    unasked = {
        port
        for port in seen.inventory.ports
        if not port.default_route and (port.interface in more or (every_vlan and port.vlan_id is not None))
    }
    if not unasked:
        return seen
    ports = tuple(replace(p, routes=None, next_hops=None) if p in unasked else p for p in seen.inventory.ports)
    gaps = tuple(dict.fromkeys((*seen.gaps, *_gaps(unasked))))
    return replace(seen, inventory=replace(seen.inventory, ports=ports), gaps=gaps)


def _gaps(unasked: set[Port]) -> Iterator[BlindSpot]:
    """Yield a blind spot for each device of `unasked`."""
    for port in sorted(unasked, key=lambda port: (port.scope.label, port.interface)):
        yield BlindSpot(
            probe="routes",
            scope=port.scope.label,
            source=f"routes by {port.interface}",
            reason=Reason.SKIPPED,
            detail="no circuit named this device when the host was looked at",
            hides=(),
        )
