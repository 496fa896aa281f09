"""Registered circuits: which were seen, by what, and what their dates ask for."""

from collections import defaultdict

from auditor.config.dates import contract_status
from auditor.model.match import Strength
from auditor.model.register import Circuit
from auditor.model.scan import Audited, CircuitSeen
from auditor.model.text import Text
from auditor.objects.context import Context

_REMARKS = {
    "expired": Text("the contract has ended", "合同已到期"),
    "terminated": Text("the contract was terminated", "合同已终止"),
    "not_started": Text("the contract has not begun", "合同尚未开始"),
    "unknown": Text("the contract dates are not recorded", "未登记合同日期"),
}


def circuits(context: Context, objects: tuple[Audited, ...]) -> tuple[CircuitSeen, ...]:
    """Return every registered circuit with the object that showed it, strongest match first."""
    showing: dict[tuple[str | None, str | None], list[_Showing]] = defaultdict(list)
    for audited in objects:
        for path in audited.paths:
            showing[path.match.provider, path.match.cid].append((_RANK[path.match.strength], audited.id))
    return tuple(_seen(context, c, showing.get((c.provider, c.cid), [])) for c in context.register.circuits)


_Showing = tuple[int, str]  # rank of the match, strongest first, and the object's id
_RANK = {strength: rank for rank, strength in enumerate(Strength)}


def _seen(context: Context, circuit: Circuit, showing: list[_Showing]) -> CircuitSeen:
    """Return `circuit` with what showed it."""
    status = contract_status(circuit, context.now, context.config)
    remarks = [_REMARKS[status]] if status in _REMARKS else []
    if status == "expiring_soon":
        day = circuit.termination_date
        remarks.append(Text(f"the contract ends on {day}", f"合同将于{day}到期"))
    if showing and circuit.status != "active":
        remarks.append(
            Text(f"seen, though the register calls it {circuit.status}", f"已见到，但登记状态为{circuit.status}")
        )
    return CircuitSeen(
        circuit=circuit,
        seen_by=min(showing)[1] if showing else None,
        contract_status=status,
        remarks=tuple(remarks),
    )
