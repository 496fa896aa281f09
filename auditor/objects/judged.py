"""From paths to an object of the audit: every kind is judged alike, by the facts of all its paths."""

from auditor.guidance.assess import assess
from auditor.model.facts import FactSet
from auditor.model.judgement import Severity, Verdict
from auditor.model.scan import Audited, Path
from auditor.model.tunnel import Port, Tunnel

NO_LEASE: dict[str, object] = {
    "service_provider": "none",
    "provider_licence_status": "not_applicable",
    "contract_party": "not_applicable",
    "contract_status": "not_applicable",
    "network_evidence": "not_applicable",
    "declared_purpose": "not_applicable",
    "user_record": "not_applicable",
}
"""The facts that a register entry would state, where there is none."""


def judged(
    paths: tuple[Path, ...],
    *,
    id: str,
    kind: str,
    tunnel: Tunnel | None = None,
    port: Port | None = None,
    circuit: str | None = None,
) -> Audited:
    """Return the object with these `paths` (at least one), the worst of which decides (guidance 5.7).

    A tunnel that nothing but packets shows is reviewed, whatever its facts say: packets decide and clear nothing.
    """
    assessment = assess(FactSet(paths=tuple(path.facts for path in paths)))
    verdict, severity = assessment.tunnel_verdict, assessment.severity
    if tunnel is not None and tunnel.only_in_packets and verdict is not Verdict.NOT_APPLICABLE:
        verdict, severity = Verdict.NEEDS_REVIEW, Severity.MEDIUM
    return Audited(
        id=id,
        kind=kind,
        tunnel=tunnel,
        port=port,
        circuit=circuit,
        paths=paths,
        assessment=assessment,
        verdict=verdict,
        severity=severity,
    )
