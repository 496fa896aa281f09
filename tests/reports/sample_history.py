"""An earlier scan of the sample gateway: one connection less, one more, one in order, one circuit not yet leased."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from auditor.history.previous import Previous
from auditor.history.reading import parse
from auditor.model.scan import Scan
from auditor.model.tunnel import State
from reports import json_v1
from reports.document import document
from tests.reports import samples
from tests.reports.sample_register import NOW, REGISTER
from tests.reports.sample_tunnels import ipsec, openvpn, tinc, vxlan, wireguard


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


def compared() -> dict[str, Any]:
    """Return the document of `samples.mixed` compared with the scan before."""
    return document(samples.mixed(), previous())


def plain(shown: dict[str, Any]) -> dict[str, Any]:
    """Return a document as a program reads it."""
    found: dict[str, Any] = json.loads(json_v1.render(shown))
    return found
