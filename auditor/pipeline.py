"""The steps of a scan in order, nothing else: survey, objects, exceptions, outcome."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

from auditor import __version__, gateway, notices, outcome
from auditor.config.dates import today
from auditor.guidance.assess import assess_gateway
from auditor.guidance.audit import Dated, audit_controls
from auditor.guidance.verdict import highest_severity, worst_verdict
from auditor.host import Host
from auditor.lookups.answers import Answers
from auditor.lookups.run import look_up, require
from auditor.model.facts import Facts, FactSet
from auditor.model.judgement import Assessment
from auditor.model.lookup import NOBODY_ASKED, Lookups
from auditor.model.past import NOTHING, Past
from auditor.model.register import Config, Register
from auditor.model.scan import Audited, Gateway, Observation, ProbeSummary, Scan
from auditor.model.text import Text
from auditor.model.tunnel import Inventory, State
from auditor.objects import circuits, exceptions, handoffs, uplinks
from auditor.objects.context import Context
from auditor.objects.facts import gateway_facts
from auditor.objects.tunnels import TunnelJudge
from auditor.probe import Probe
from auditor.survey import Survey, Surveyor
from auditor.watch.between import NO_WATCH, Between, with_gone


def scan(
    config: Config,
    register: Register,
    *,
    probes: tuple[Probe, ...],
    selected: frozenset[str] | None = None,
    host: Host | None = None,
    now: datetime | None = None,
    past: Past = NOTHING,
    between: Between = NO_WATCH,
    progress: Callable[[str], None] = lambda _: None,
    listen_s: int | None = None,
    remarks: tuple[Text, ...] = (),
) -> Scan:
    """Return the finished scan of this host; `now` is aware, by default the present moment.

    `past` is what earlier scans know, `between` what the watch saw since the last one. `listen_s` is how long to
    listen to the uplinks for packets of tunnels, as one witness more; None: not at all. `remarks` are notices that
    the scan begins with.
    """
    began_s = time.monotonic()
    host = host or Host()
    now = now or datetime.now(UTC)
    now_s = int(now.timestamp())
    surveyor = Surveyor.stated(
        config, register, host=host, probes=probes, now_s=now_s, selected=selected, progress=progress
    )
    context = Context(config=config, register=register, now=now, past=past, remarks=remarks)
    _ = context.locator  # NOTE: a data file that is not sound ends the scan before it begins
    if config.lookups.enabled:
        require(f"{config.path}: lookups.enabled")
    survey = surveyor.survey()
    if listen_s is not None:
        from auditor import witness  # NOTE: dissectors load only for a scan that listens

        progress(f"listening for {listen_s} s")
        survey = witness.listen_too(survey, host, listen_s)
    survey = with_watch(survey, between, context)
    found = NOBODY_ASKED
    if config.lookups.enabled:
        progress("looking names up")
        found = look_up(config.lookups, survey.inventory.tunnels, host)
        survey = _resolved(surveyor, survey, Answers(found))
    progress("judging")
    seen = _seen(context, survey, gateway.describe(host, survey.scopes), found, began_s)
    return replace(judge(context, seen), duration_s=time.monotonic() - began_s, past=past)


def _seen(context: Context, survey: Survey, host: Gateway, found: Lookups, began_s: float) -> Observation:
    """Return what `survey` of `host` and the look-ups `found` amount to before anything is judged."""
    quiet = (tunnel.id for tunnel in survey.inventory.tunnels if tunnel.state is not State.UP)
    return Observation(
        at=context.now,
        duration_s=time.monotonic() - began_s,
        gateway=host,
        inventory=survey.inventory,
        gaps=survey.gaps,
        probes=_summaries(survey),
        watched=tuple(sorted(context.register.watched)),
        lookups=found,
        before=context.past.about(quiet),
    )


def with_watch(survey: Survey, between: Between, context: Context) -> Survey:
    """Return `survey` with what the watch saw since the last scan, and what it could not hear."""
    known = context.past.connections.items()
    before = frozenset(id_ for id_, seen in known if seen.present is not False and seen.state != State.DOWN.value)
    inventory = with_gone(survey.inventory, between, context.config.zone, before)
    return replace(survey, inventory=inventory, gaps=(*survey.gaps, *between.gaps))


def judge(context: Context, seen: Observation) -> Scan:
    """Return the scan that `seen` amounts to under the company's statements; pure."""
    objects, itself, ways_out = _objects(context, seen.inventory, Answers(seen.lookups))
    waived = exceptions.waive(context, objects)
    accepted = exceptions.gateway_waiver(context, itself)
    gaps = exceptions.acknowledge(context, seen.gaps)
    shown = circuits.circuits(context, waived.objects)
    remarks = notices.notices(context, waived)
    status, reasons = outcome.decide(waived.objects, itself, gaps, shown, remarks, accepted)
    return Scan(
        started_at=seen.at,
        duration_s=seen.duration_s,
        version=__version__,
        gateway=replace(seen.gateway, hostname=context.config.gateway_name or seen.gateway.hostname),
        config=context.config,
        register=context.register,
        objects=waived.objects,
        gateway_assessment=itself,
        gateway_waiver=accepted,
        not_tunnels=seen.inventory.not_tunnels,
        circuits=shown,
        gaps=gaps,
        probes=seen.probes,
        waivers_expired=waived.expired,
        waivers_unused=tuple(waiver for waiver in waived.unused if waiver != accepted),
        notices=remarks,
        verdict=worst_verdict((*(o.verdict for o in waived.objects), itself.gateway_verdict)),
        severity=highest_severity((*(o.severity for o in waived.objects), itself.severity)),
        status=status,
        status_reasons=reasons,
        location_data=context.locator.data_sets,
        lookups=seen.lookups,
        uplinks=ways_out.shown,
        seen=seen,
    )


def _resolved(surveyor: Surveyor, survey: Survey, answers: Answers) -> Survey:
    """Return `survey` with a far end for each address that a name has, its way out, and what look-ups left unknown."""
    found = survey.inventory
    gaps = (*survey.gaps, *answers.gaps(found.tunnels))
    resolved = replace(survey, inventory=replace(found, tunnels=answers.tunnels(found.tunnels)), gaps=gaps)
    return surveyor.with_ways(resolved)


def _objects(
    context: Context, inventory: Inventory, answers: Answers
) -> tuple[tuple[Audited, ...], Assessment, uplinks.Uplinks]:
    """Return every object judged, the judgement of the gateway itself, and its uplinks.

    Tunnels are matched first, since a circuit that a tunnel shows is no plain hand-off, and hand-offs
    before uplinks, since a leased line is no way to the public network.
    """
    ports = inventory.ports
    tunnels = TunnelJudge(context, ports, inventory.tunnels, answers)
    found = handoffs.find(context, ports, tunnels.carried())
    ways_out = uplinks.find(context, ports, frozenset((h.port.scope.inode, h.port.ifindex) for h in found))
    objects = (
        *tunnels.judge(ways_out),
        *handoffs.judge(context, found, ways_out.worst()),
        *uplinks.public_access(context, ways_out),
    )
    return objects, _gateway_itself(context, ways_out.worst()), ways_out


def _gateway_itself(context: Context, uplink_class: str) -> Assessment:
    """Return the results of the controls on the gateway and on the audit's own data."""
    config, register = context.config, context.register
    review = Dated(
        name=Text("review of the circuit register", "电路登记表复核"),
        dated=register.reviewed_on,
        max_age_days=config.policy.register_review_max_age_days,
    )
    extra = audit_controls(
        local_location=config.site.location or "unknown",
        aging=(review, *_location_data(context)),
        today=today(context.stated_by, config),
    )
    facts = Facts().replace(
        object_type="public_network_access", tunnel_family="none", **gateway_facts(context, uplink_class)
    )
    return assess_gateway(FactSet.of(facts), extra)


def _location_data(context: Context) -> tuple[Dated, ...]:
    """Return the data sets on places and origins, shipped and the company's own, each with its day."""
    return tuple(
        Dated(
            name=Text(f"location data {data_set.name}", f"位置数据{data_set.name}"),
            dated=date.fromisoformat(data_set.dated),
            max_age_days=context.config.policy.location_data_max_age_days,
        )
        for data_set in context.locator.data_sets
    )


def _summaries(survey: Survey) -> tuple[ProbeSummary, ...]:
    """Return what each probe did, for the coverage table."""
    return tuple(
        ProbeSummary(
            probe=run.probe,
            scope=run.scope.label,
            rows=len(run.rows),
            blind_spots=len(run.blind_spots),
            duration_s=run.duration_s,
        )
        for run in survey.runs
    )
