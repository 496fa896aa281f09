"""An earlier scan of the sample gateway: one connection less, one more, one in order, one circuit not yet leased."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from auditor.history.previous import Previous
from auditor.history.reading import parse
from auditor.model.past import ConnectionSeen, Past, ScanSeen
from auditor.model.scan import Scan
from auditor.model.tunnel import State
from reports import json_v1
from reports.document import document
from tests.reports import samples
from tests.reports.sample_register import NOW, REGISTER
from tests.reports.sample_tunnels import ipsec, openvpn, tinc, vxlan, wireguard

DAY_S = 86400
STATUSES = ("ok", "warning", "critical", "unknown", "critical")


def before() -> Scan:
    """Return what the gateway of `samples.mixed` was the evening before."""
    now = samples.mixed()
    kept = tuple(o for o in now.objects if o.id not in (openvpn().id, tinc().id))
    gone = replace(openvpn(), id="t-00aa11bb22cc")
    assert gone.tunnel is not None
    gone = replace(gone, tunnel=replace(gone.tunnel, id=gone.id, interface="tun9"))
    old_state = tuple(
        replace(o, tunnel=replace(o.tunnel, state=State.DOWN)) if o.id == vxlan().id and o.tunnel else o for o in kept
    )
    judged = tuple(replace(o, verdict=wireguard().verdict) if o.id == ipsec().id else o for o in old_state)
    return replace(
        now,
        started_at=NOW - timedelta(hours=9, minutes=19),
        objects=(*judged, gone),
        register=replace(REGISTER, sha256="1" * 64),
    )


@cache
def written() -> bytes:
    """Return report.json of the scan before."""
    return json_v1.render(document(before())).encode()


def previous() -> Previous:
    """Return the same as the next scan finds it."""
    return Previous(report=parse(written(), "report.json"))


def past(count: int = 12) -> Past:
    """Return what `count` daily scans up to the evening before knew: one connection older than them, one that flaps."""
    last = int(before().started_at.timestamp())
    at = [last - DAY_S * back for back in reversed(range(count))]
    scans = tuple(
        ScanSeen(
            number=number,
            began_s=began_s,
            status=STATUSES[number % len(STATUSES)],
            verdict="non_compliant",
            complete=True,
            connections=8 + number % 2,
            non_compliant=number % 3,
            needs_review=2,
            blind_spots=int(STATUSES[number % len(STATUSES)] == "unknown"),
        )
        for number, began_s in enumerate(at, 1)
    )
    known = (
        seen(wireguard().id, at[0], last, count),
        seen(vxlan().id, at[3], last, count - 3),
        replace(seen(ipsec().id, at[1], last, count // 2), flapping=True),
    )
    return Past(connections={found.id: found for found in known}, scans=scans)


def seen(id_: str, first_s: int, last_s: int, times: int) -> ConnectionSeen:
    """Return a connection that was up whenever it was seen."""
    return ConnectionSeen(
        id=id_,
        name=id_,
        technology="wireguard",
        state="up",
        verdict="compliant",
        present=True,
        first_s=first_s,
        last_s=last_s,
        last_up_s=last_s,
        last_unsure_s=None,
        seen=times,
    )


def compared() -> dict[str, Any]:
    """Return the document of `samples.mixed` compared with the scan before, and with what twelve scans knew."""
    return document(replace(samples.mixed(), past=past()), previous())


def plain(shown: dict[str, Any]) -> dict[str, Any]:
    """Return a document as a program reads it."""
    found: dict[str, Any] = json.loads(json_v1.render(shown))
    return found
