"""What the network shows of a registered circuit, attribute by attribute, and the verdict (guidance 5.4, control X-05).

Four attributes are compared, each with both sides: the AS that originates the far end, the device by which packets
leave, the next hop on it, the VLAN. The register's silence contradicts nothing, and neither does ours.
"""

from collections.abc import Iterable
from dataclasses import replace

from auditor.matching.attributes import Observed, listed
from auditor.model.enumerations import UNANNOUNCED
from auditor.model.match import Agreement, Comparison, Match, NetworkEvidence, Place
from auditor.model.register import Circuit, Provider
from auditor.model.text import Text, alike

_NEXT_HOPS = Text("the AS of the next hop; the far end itself is not seen", "为下一跳的自治系统；对端本身不可见")
_SHOWN = 6
ORIGIN, INTERFACE, NEXT_HOP, VLAN = "origin AS", "egress interface", "next hop", "VLAN"


def network_evidence(observed: Observed, circuit: Circuit, answer: Match, provider: Provider | None = None) -> Match:
    """Return `answer` with what the network says of `circuit`; `provider` is its lessor, for context only."""
    rows = comparisons(observed, circuit, provider)
    kind = verdict(rows)
    return replace(
        answer,
        network_evidence=kind,
        network_evidence_reason=_reason(kind, {row.attribute: row for row in rows}),
        network_comparisons=rows,
    )


def comparisons(observed: Observed, circuit: Circuit, provider: Provider | None = None) -> tuple[Comparison, ...]:
    """Return the four attributes in their order, whatever the two sides state."""
    return (
        _origin(observed, circuit, provider),
        _interface(observed, circuit),
        _next_hop(observed, circuit),
        _vlan(observed, circuit),
    )


def verdict(rows: Iterable[Comparison]) -> NetworkEvidence:
    """Return what the comparisons amount to, by the rule of guidance 5.4 in its order.

    *match* if the remote ASN is among the registered ones, or egress interface and next hop are the registered
    hand-off; *mismatch* if the ASN is known and not registered; otherwise *unknown*. An entry that registers no ASN
    cannot be contradicted by one.
    """
    by = {row.attribute: row for row in rows}
    if by[ORIGIN].agreement is Agreement.AGREES or _is_hand_off(by[INTERFACE], by[NEXT_HOP], by[VLAN]):
        return NetworkEvidence.MATCH
    if by[ORIGIN].agreement is Agreement.CONTRADICTS:
        return NetworkEvidence.MISMATCH
    return NetworkEvidence.UNKNOWN


def _is_hand_off(interface: Comparison, next_hop: Comparison, vlan: Comparison) -> bool:
    """Return whether packets leave by the registered hand-off: its next hop, on its interface or VLAN or both."""
    device = [row for row in (interface, vlan) if row.registered is not None]
    return (
        next_hop.agreement is Agreement.AGREES
        and bool(device)
        and all(row.agreement is Agreement.AGREES for row in device)
    )


def _row(
    attribute: str, observed: Text | None, registered: Text | None, *, agrees: bool, note: Text | None = None
) -> Comparison:
    """Return one comparison; what one side does not state neither agrees nor contradicts."""
    agreement = Agreement.AGREES if agrees else Agreement.CONTRADICTS
    if observed is None or registered is None:
        agreement = Agreement.NOT_STATED
    return Comparison(attribute=attribute, observed=observed, registered=registered, agreement=agreement, note=note)


def _origin(observed: Observed, circuit: Circuit, provider: Provider | None) -> Comparison:
    """Return the origin AS of the far end beside the registered ones.

    Of a plain hand-off the host sees the next hop, not the far end: its AS can support the entry, not contradict it.
    """
    asns = circuit.match.asns
    seen = None if observed.asn is None else alike(f"AS{observed.asn}")
    registered = as_numbers(asns, first=observed.asn)
    notes = [_of_place(observed.place)] if seen and observed.place and observed.place.asn == observed.asn else []
    if seen is None:
        notes.append(_no_origin(observed))
    elif registered is None:
        notes.append(_of_provider(observed, provider))
    row = _row(ORIGIN, seen, registered, agrees=observed.asn in asns, note=None)
    if observed.handoff and seen is not None:
        notes.append(_NEXT_HOPS)
        if row.agreement is Agreement.CONTRADICTS:
            row = replace(row, agreement=Agreement.NOT_STATED)
    return replace(row, note=sentences(notes))


def as_numbers(asns: Iterable[int], *, first: int | None = None) -> Text | None:
    """Return AS numbers as one text, the one that was seen foremost where many are left out; None for none."""
    ordered = sorted(asns, key=lambda number: number != first)
    names = ", ".join(f"AS{number}" for number in ordered[:_SHOWN])
    more = len(ordered) - _SHOWN
    if more > 0:
        return Text(f"{names} and {more} more", f"{names}等另外{more}个")
    return alike(names) if names else None


def _of_place(place: Place) -> Text | None:
    """Return whose the observed AS is and by which data of which day."""
    name = place.operator_name or (alike(place.operator) if place.operator else None)
    said = [name] if name else []
    if place.asn_source:
        said.append(alike(f"{place.asn_source} {place.asn_dated}" if place.asn_dated else place.asn_source))
    return sentences(said)


def _no_origin(observed: Observed) -> Text:
    """Return why no origin AS is known of the far end."""
    class_ = observed.place.address_class if observed.place else "unresolved"
    end = Text("next hop", "下一跳") if observed.handoff else Text("far end", "对端")
    if class_ in UNANNOUNCED:
        return Text(f"the {end.en}'s address is not announced to the Internet", f"{end.zh}地址未在公网宣告")
    if class_ in ("unresolved", "none"):
        return Text(f"no address of the {end.en} is known", f"{end.zh}地址未知")
    return Text(f"no data names an origin AS of the {end.en}", f"数据中无{end.zh}地址的起源自治系统")


def _of_provider(observed: Observed, provider: Provider | None) -> Text | None:
    """Return how the AS stands to the lessor, as context: an AS number never shows a lease."""
    if provider is None or observed.asn is None:
        return None
    name = Text(provider.name, provider.name_zh or provider.name)
    if observed.asn in provider.asns:
        return Text(
            f"the register lists it for the provider {name.en}, not for this circuit: context, no match",
            f"登记表将其列于提供方{name.zh}名下，而非本电路：仅供参考，不构成匹配",
        )
    if observed.place and observed.place.carrier == provider.class_:
        return Text(
            f"an AS of the provider {name.en} or its affiliates: context, no match",
            f"属提供方{name.zh}或其关联公司的自治系统：仅供参考，不构成匹配",
        )
    return None


def _interface(observed: Observed, circuit: Circuit) -> Comparison:
    """Return the device by which packets leave beside the registered one; a VLAN of it is on it."""
    end = circuit.a
    registered = alike(end.interface) if end.interface else None
    if observed.interface is None:
        return _row(INTERFACE, None, registered, agrees=False)
    on_parent = end.vlan is not None and end.interface is not None and observed.parent == end.interface
    seen = alike(observed.interface)
    if observed.parent:
        seen = Text(f"{observed.interface} on {observed.parent}", f"{observed.interface}（位于{observed.parent}）")
    return _row(INTERFACE, seen, registered, agrees=on_parent or observed.interface == end.interface)


def _next_hop(observed: Observed, circuit: Circuit) -> Comparison:
    """Return the next hop beside the registered one."""
    hop = circuit.a.next_hop
    seen = alike(listed(observed.next_hops)) if observed.next_hops else None
    return _row(NEXT_HOP, seen, alike(hop) if hop else None, agrees=hop in observed.next_hops)


def _vlan(observed: Observed, circuit: Circuit) -> Comparison:
    """Return the VLAN id beside the registered one; a device that was read and has none is untagged."""
    wanted = circuit.a.vlan
    seen = None if observed.vlan is None else alike(str(observed.vlan))
    if seen is None and observed.device_read:
        seen = Text("untagged", "无标签")
    registered = None if wanted is None else alike(str(wanted))
    return _row(VLAN, seen, registered, agrees=observed.vlan == wanted)


def _reason(kind: NetworkEvidence, by: dict[str, Comparison]) -> Text:
    """Return in one sentence why the evidence is what it is."""
    origin, interface, hop = by[ORIGIN], by[INTERFACE], by[NEXT_HOP]
    asn, asns = _said(origin.observed), _said(origin.registered)
    if origin.agreement is Agreement.AGREES or kind is NetworkEvidence.MISMATCH:
        return Text(f"origin {asn.en}; registered: {asns.en}", f"起源自治系统{asn.zh}；登记：{asns.zh}")
    if kind is NetworkEvidence.MATCH:
        device = _said(interface.observed)
        next_hop = _said(hop.observed)
        reason = Text(
            f"leaves by {device.en}, next hop {next_hop.en}, as registered",
            f"经{device.zh}、下一跳{next_hop.zh}送出，与登记一致",
        )
        if origin.agreement is not Agreement.CONTRADICTS:
            return reason
        return Text(
            f"{reason.en}; origin {asn.en} is not among the registered ones ({asns.en}): supporting evidence only",
            f"{reason.zh}；起源自治系统{asn.zh}不在登记之列（{asns.zh}），仅为佐证",
        )
    seen, wanted = (
        Text(f"{_said(a).en} / {_said(b).en}", f"{_said(a).zh} / {_said(b).zh}")
        for a, b in ((interface.observed, hop.observed), (interface.registered, hop.registered))
    )
    known = Text("origin AS not known", "起源自治系统未知")
    if origin.observed:
        known = Text(f"origin {asn.en}, registered: {asns.en}", f"起源自治系统{asn.zh}，登记：{asns.zh}")
    return Text(
        f"interface and next hop seen: {seen.en}; registered: {wanted.en}; {known.en}",
        f"所见接口与下一跳：{seen.zh}；登记：{wanted.zh}；{known.zh}",
    )


def _said(text: Text | None) -> Text:
    """Return one side of a comparison, a question mark for silence."""
    return text or alike("?")


def sentences(parts: Iterable[Text | None]) -> Text | None:
    """Return `parts` as one note, None for none."""
    said = [part for part in parts if part]
    return Text("; ".join(part.en for part in said), "；".join(part.zh for part in said)) if said else None
