"""What can follow from a result on one path, the guidance's words first."""

from auditor.guidance.catalogue import Consequence, controls
from auditor.model.facts import Facts
from auditor.model.judgement import ControlResult, Outcome


def provider_involved(facts: Facts) -> bool:
    """Return whether anything says that a provider is behind the connection."""
    return facts.provisioning == "leased" or facts.service_provider not in ("none", "unknown")


def consequences_of(result: ControlResult, facts: Facts) -> tuple[Consequence, ...]:
    """Return what the catalogue names for a failed control, nothing for any other outcome.

    For an unmatched connection (X-01) the guidance names the interruption only where a provider is
    involved. `Consequence.in_guidance` tells the guidance's own from those of other public rules.
    """
    if result.outcome is not Outcome.FAIL:
        return ()
    control = controls()[result.control]
    named = (*control.consequences, *control.other_consequences)
    if result.control == "X-01" and not provider_involved(facts):
        return tuple(item for item in named if item.id != "interruption")
    return named
