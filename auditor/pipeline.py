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
from auditor.ipdata import embedded
from auditor.model.facts import Facts, FactSet
from auditor.model.judgement import Assessment
from auditor.model.register import Config, Register
from auditor.model.scan import Audited, ProbeSummary, Scan
from auditor.model.text import Text
from auditor.objects import circuits, exceptions, handoffs, uplinks
from auditor.objects.context import Context
from auditor.objects.facts import gateway_facts
from auditor.objects.tunnels import TunnelJudge
from auditor.probe import Probe
from auditor.survey import Survey, Surveyor


def scan(
    config: Config,
    register: Register,
    *,
    probes: tuple[Probe, ...],
    selected: frozenset[str] | None = None,
    host: Host | None = None,
    now: datetime | None = None,
    progress: Callable[[str], None] = lambda _: None,
    listen_s: int | None = None,
) -> Scan:
    """Return the finished scan of this host; `now` is aware, by default the present moment.

    `listen_s` is how long to listen to the uplinks for packets of tunnels, as one witness more; None: not at all.
    """
    began_s = time.monotonic()
    host = host or Host()
    now = now or datetime.now(UTC)
    surveyor = Surveyor(
        host=host,
        probes=probes,
        register=register,
        time_limit_s=config.probes.time_limit_s,
        now_s=int(now.timestamp()),
        selected=selected,
        disabled=frozenset(config.probes.disabled),
        progress=progress,
    )
    context = Context(config=config, register=register, now=now)
    _ = context.locator  # NOTE: a data file that is not sound ends the scan before it begins
    survey = surveyor.survey()
    if listen_s is not None:
        from auditor import witness  # NOTE: dissectors load only for a scan that listens

        progress(f"listening for {listen_s} s")
        survey = witness.listen_too(survey, host, listen_s)
    progress("judging")
    judged = judge(context, survey, host)
    return replace(judged, duration_s=time.monotonic() - began_s)


def judge(context: Context, survey: Survey, host: Host) -> Scan:
    """Return the scan that `survey` amounts to under the company's statements."""
    objects, itself = _objects(context, survey)
    waived = exceptions.waive(context, objects)
    accepted = exceptions.gateway_waiver(context, itself)
    gaps = exceptions.acknowledge(context, survey.gaps)
    seen = circuits.circuits(context, waived.objects)
    remarks = notices.notices(context, waived)
    status, reasons = outcome.decide(waived.objects, itself, gaps, seen, remarks, accepted)
    return Scan(
        started_at=context.now,
        duration_s=0.0,
        version=__version__,
        gateway=gateway.describe(host, survey.scopes, name=context.config.gateway_name),
        config=context.config,
        register=context.register,
        objects=waived.objects,
        gateway_assessment=itself,
        gateway_waiver=accepted,
        not_tunnels=survey.inventory.not_tunnels,
        circuits=seen,
        gaps=gaps,
        probes=_summaries(survey),
        waivers_expired=waived.expired,
        waivers_unused=tuple(waiver for waiver in waived.unused if waiver != accepted),
        notices=remarks,
        verdict=worst_verdict((*(o.verdict for o in waived.objects), itself.gateway_verdict)),
        severity=highest_severity((*(o.severity for o in waived.objects), itself.severity)),
        status=status,
        status_reasons=reasons,
    )


def _objects(context: Context, survey: Survey) -> tuple[tuple[Audited, ...], Assessment]:
    """Return every object judged, and the judgement of the gateway itself.

    Tunnels are matched first, since a circuit that a tunnel shows is no plain hand-off, and hand-offs
    before uplinks, since a leased line is no way to the public network.
    """
    ports = survey.inventory.ports
    tunnels = TunnelJudge(context, ports, survey.inventory.tunnels)
    found = handoffs.find(context, ports, tunnels.carried())
    ways_out = uplinks.find(context, ports, frozenset((h.port.scope.inode, h.port.ifindex) for h in found))
    objects = (
        *tunnels.judge(ways_out),
        *handoffs.judge(context, found, ways_out.worst()),
        *uplinks.public_access(context, ways_out),
    )
    return objects, _gateway_itself(context, ways_out.worst())


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
        today=today(context.now, config),
    )
    facts = Facts().replace(
        object_type="public_network_access", tunnel_family="none", **gateway_facts(context, uplink_class)
    )
    return assess_gateway(FactSet.of(facts), extra)


def _location_data(context: Context) -> tuple[Dated, ...]:
    """Return the data sets on places and origins, shipped and the company's own, each with its day."""
    shipped = ((entry["name"], entry["dated"]) for entry in embedded.manifest()["data_sets"])
    return tuple(
        Dated(
            name=Text(f"location data {name}", f"位置数据{name}"),
            dated=date.fromisoformat(dated),
            max_age_days=context.config.policy.location_data_max_age_days,
        )
        for name, dated in (*shipped, *context.locator.files)
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
