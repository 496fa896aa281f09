"""Matching: which registered circuit explains a connection, and why (guidance 5.4).

`index` finds the circuits worth comparing, `attributes` compares one connection with one circuit,
`strength` turns the reasons into strong, weak, ambiguous, conflict or none, `evidence` says what the network shows.
"""

from collections.abc import Mapping

from auditor.matching.attributes import Observed, compare
from auditor.matching.evidence import network_evidence
from auditor.matching.index import CircuitIndex
from auditor.matching.strength import decide
from auditor.model.match import Match
from auditor.model.register import Provider

__all__ = ["CircuitIndex", "Observed", "match"]


def match(observed: Observed, index: CircuitIndex, providers: Mapping[str, Provider] | None = None) -> Match:
    """Return the register's answer for one path of one connection, with every reason for and against.

    `providers` by slug give context to what the network shows; they never make a match.
    """
    compared = [(circuit, compare(observed, circuit)) for circuit in index.candidates(observed)]
    circuit, answer = decide(compared, far_end_seen=observed.remote is not None and not observed.handoff)
    if circuit is None:
        return answer
    return network_evidence(observed, circuit, answer, (providers or {}).get(circuit.provider))
