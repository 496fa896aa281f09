"""What a scan observed, made up for tests: tunnels in every state, a service for people, gaps, look-ups, a past."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from auditor import pipeline
from auditor.history.records import ScanRecord
from auditor.history.store import opened
from auditor.model.lookup import Lookup, Lookups, Outcome, Purpose, Question, Reply
from auditor.model.past import Before, Known, Moment
from auditor.model.register import HistorySettings
from auditor.model.scan import Gateway, Observation, ProbeSummary, Scan
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Family, Inventory, NotTunnel, Remote, State
from auditor.objects.context import Context
from auditor.publish import publish
from reports import json_v1
from reports.document import document
from tests.auditor.objects.statements import CONFIG, HOST, NOW, REGISTER, port, remote, tunnel

AT_S = int(NOW.timestamp())
CLIENT = "198.51.100.77"
UNREAD = BlindSpot(probe="xfrm", scope="host", source="x", reason=Reason.PERMISSION, detail="d", hides=("ipsec",))


def observation(**changes: Any) -> Observation:
    named = Remote(endpoint=Endpoint(name="vpn.example.net", port=443, transport="tcp"), configured_only=True)
    tunnels = (
        tunnel(remote("203.0.113.7")),
        tunnel(remote("198.51.100.9"), id="t-2", interface="wg1", state=State.DOWN),
        tunnel(named, id="t-3", interface="tun0", technology="openvpn"),
        tunnel(id="t-4", technology="openvpn", family=Family.REMOTE_ACCESS, peers_count=3, interface="tun1"),
    )
    asked = Lookup(
        question=Question(Purpose.ADDRESS, "vpn.example.net", "vpn.example.net.", "A"),
        reply=Reply(outcome=Outcome.NXDOMAIN, resolvers=("192.0.2.53",)),
        asked_at=datetime(2026, 11, 23, 4, 0, 1, 250, tzinfo=UTC),
    )
    made = Observation(
        at=NOW,
        duration_s=0.5,
        gateway=Gateway(
            hostname="gw-sha-01", kernel="6.1.0", machine="x86_64", privileges=("CAP_NET_ADMIN",), scopes=(HOST,)
        ),
        inventory=Inventory(
            tunnels=tunnels,
            not_tunnels=(NotTunnel(scope=HOST, interface="lo", ifindex=1, kind=None, reason=Text("loopback", "环回")),),
            ports=(port(), port("eth9", addresses=("192.0.2.33/28",), next_hops=(), default_route=False, routes=())),
        ),
        gaps=(
            BlindSpot(probe="xfrm", scope="host", source="x", reason=Reason.PERMISSION, detail="d", hides=("ipsec",)),
        ),
        probes=(ProbeSummary(probe="links", scope="host", rows=4, blind_spots=0, duration_s=0.01),),
        watched=("eth0",),
        lookups=Lookups(enabled=True, resolvers=("192.0.2.53",), asked=(asked,)),
        before=Before(
            (Known("t-2", AT_S - 90 * 86400, AT_S - 86400, None, None, 91),),
            tuple(Moment(AT_S - day * 86400, True) for day in range(91)),
        ),
    )
    return replace(made, **changes)


def judged(seen: Observation, **statements: Any) -> Scan:
    context = Context(
        **({"config": CONFIG, "register": REGISTER, "now": seen.at, "past": seen.before.past()} | statements)
    )
    return pipeline.judge(context, seen)


def stored(directory: Path, seen: Observation | None, scan: Scan | None = None) -> ScanRecord:
    """Store a scan as `auditor scan` does; without `seen`, as versions before did."""
    shown = document(scan or judged(seen or observation()))
    files = {"report.json": lambda _: json_v1.pieces(shown)}
    with opened(directory, NOW) as store:
        return publish(shown, files, directory, store, HistorySettings(), NOW + timedelta(seconds=1), seen=seen).record
