"""Who provides an uplink: what the network shows of it beside what the company declares (control N-01).

An AS number says who announces an address. It is no contract: an uplink that nobody declared stays unknown, and
nothing observed makes a declared class better. It can make one doubtful: an address that an operator abroad
announces, or that nobody known announces and location data place abroad, is no sign of a domestic access provider.
"""

from collections.abc import Iterable

from auditor.guidance.texts import fact_value
from auditor.matching.evidence import as_numbers, sentences
from auditor.model.enumerations import MAINLAND_OPERATORS, UNANNOUNCED
from auditor.model.match import Agreement, Comparison, NearEnd, NetworkEvidence, Place
from auditor.model.register import Provider, Uplink
from auditor.model.text import Text, alike
from auditor.model.tunnel import Port
from auditor.model.uplink import UplinkSeen
from auditor.objects.context import Context
from auditor.objects.near import ENDS_KEPT, near_ends

DOMESTIC = ("basic_carrier", "licensed_isp")
OWN, ROUTER = "uplink address", "next hop of the uplink"
_RANK = {Agreement.CONTRADICTS: 0, Agreement.AGREES: 1, Agreement.NOT_STATED: 2}
_CARRIER = "mainland_basic_carrier"
_ABROAD = ("carrier_overseas_affiliate", "overseas_isp", "overseas_cloud", "commercial_vpn", "tunnel_broker")
_SILENT = Text(
    "the network shows no provider: no origin AS is known of the addresses of the uplink and of its next hop",
    "网络未显示提供方：上联及其下一跳的地址均无已知的起源自治系统",
)
_BEHIND = Text(
    "the network shows no provider: the addresses of the uplink are private or of carrier-grade NAT",
    "网络未显示提供方：上联的地址为私有地址或运营商级NAT地址",
)
_QUIET = (_SILENT, _BEHIND)
_NO_AS = Text("no data names an origin AS", "数据中无起源自治系统")


def seen(context: Context, port: Port, declared: Uplink | None) -> UplinkSeen:
    """Return what is declared of the uplink `port`, what the network shows, and the class that follows."""
    ends = near_ends(context, port.addresses, None)
    hops = near_ends(context, (*(port.next_hops or ()), *port.peers), None)
    provider = context.provider(declared.provider) if declared else None
    mainland = context.config.site.location in (None, "CN")
    own, routers = (
        [(end, _row(attribute, end, declared, provider, mainland=mainland)) for end in found]
        for attribute, found in ((OWN, ends), (ROUTER, hops))
    )
    evidence = _verdict(row for _, row in (*own, *routers))
    class_, reason = _class((*ends, *hops), declared, provider, evidence, mainland=mainland)
    own, routers = _first(own), _first(routers)
    return UplinkSeen(
        interface=port.interface,
        namespace=port.scope.name,
        declared=declared,
        class_=class_,
        evidence=evidence,
        reason=reason,
        ends=tuple(end for end, _ in own),
        next_hops=tuple(end for end, _ in routers),
        comparisons=tuple(row for _, row in (*own, *routers)),
        default_route=port.default_route,
    )


def _first(compared: list[tuple[NearEnd, Comparison]]) -> list[tuple[NearEnd, Comparison]]:
    """Return the first ENDS_KEPT, those that speak against what is declared foremost; all of them were judged."""
    return sorted(compared, key=lambda item: _RANK[item[1].agreement])[:ENDS_KEPT]


def absent(declared: Uplink) -> UplinkSeen:
    """Return an uplink that is declared and of which no device was seen."""
    return UplinkSeen(
        interface=declared.interface,
        namespace=declared.namespace,
        declared=declared,
        class_=declared.class_,
        evidence=NetworkEvidence.UNKNOWN,
        reason=Text("no such device with an address or a route was seen", "未见到该接口，或其无地址和路由"),
    )


def _verdict(rows: Iterable[Comparison]) -> NetworkEvidence:
    """Return what the comparisons amount to: any contradiction is a mismatch, silence alone is unknown."""
    said = {row.agreement for row in rows}
    if Agreement.CONTRADICTS in said:
        return NetworkEvidence.MISMATCH
    return NetworkEvidence.MATCH if Agreement.AGREES in said else NetworkEvidence.UNKNOWN


def _class(
    ends: tuple[NearEnd, ...],
    declared: Uplink | None,
    provider: Provider | None,
    evidence: NetworkEvidence,
    *,
    mainland: bool,
) -> tuple[str, Text]:
    """Return the class of an uplink and why; what is observed never makes it better than declared."""
    shown = _shown(ends)
    if declared is None:
        return "unknown", _undeclared(shown)
    stated = fact_value("uplink_class", declared.class_)
    foreign = next((end for end in ends if _is_abroad(end.place, provider)), None)
    if declared.class_ in DOMESTIC and foreign and mainland:
        return "foreign_suspected", _suspicion(stated, foreign)
    if evidence is NetworkEvidence.MISMATCH:
        # NOTE: another of the three carriers than declared is a basic carrier all the same: which one it is does not
        # change the class. Any other operator leaves it open who provides the access.
        carriers = all(end.place.operator_class == _CARRIER for end in ends if _is_known(end.place))
        if declared.class_ in DOMESTIC and not carriers:
            return "unknown", Text(
                f"declared as {stated.en}, but the network shows another provider: {shown.en}",
                f"声明为{stated.zh}，但网络显示为其他提供方：{shown.zh}",
            )
        return declared.class_, Text(
            f"the network shows another provider than declared: {shown.en}; declared: {stated.en}",
            f"网络显示的提供方与声明不同：{shown.zh}；声明：{stated.zh}",
        )
    if evidence is NetworkEvidence.MATCH:
        return declared.class_, Text(
            f"the network agrees with the declared provider: {shown.en}", f"网络与声明的提供方一致：{shown.zh}"
        )
    if shown in _QUIET:
        return declared.class_, shown
    return declared.class_, Text(
        f"seen: {shown.en}; that is neither for nor against the declared provider",
        f"所见：{shown.zh}；既不支持也不否定所声明的提供方",
    )


def _suspicion(stated: Text, end: NearEnd) -> Text:
    """Return what speaks against an uplink that is declared domestic."""
    name = _operator(end.place)
    if end.place.operator_class != "unknown":
        return Text(
            f"declared as {stated.en}, but an operator abroad announces {end.address}: {name.en}",
            f"声明为{stated.zh}，但{end.address}由境外运营者宣告：{name.zh}",
        )
    return Text(
        f"declared as {stated.en}, but location data place {end.address} ({name.en}) in {end.place.location}",
        f"声明为{stated.zh}，但位置数据将{end.address}（{name.zh}）定位于{end.place.location}",
    )


def _undeclared(shown: Text) -> Text:
    """Return why an uplink that nobody declared is unknown, with what the network shows of it."""
    if shown in _QUIET:
        return Text(f"nobody declared this uplink; {shown.en}", f"该上联未声明；{shown.zh}")
    return Text(
        f"nobody declared this uplink; seen: {shown.en}, and an AS number is no contract",
        f"该上联未声明；所见：{shown.zh}；自治系统号不等于合同",
    )


def _shown(ends: Iterable[NearEnd]) -> Text:
    """Return whose addresses were seen, each operator once."""
    found = tuple(ends)
    if names := tuple(dict.fromkeys(_operator(end.place) for end in found if _is_known(end.place))):
        return sentences(names) or _SILENT
    return _BEHIND if found and all(end.place.address_class in UNANNOUNCED for end in found) else _SILENT


def _is_known(place: Place) -> bool:
    """Return whether data know who announces an address, or whose space it is that BGP does not show."""
    return place.asn is not None or (place.address_class not in UNANNOUNCED and place.operator is not None)


def _is_abroad(place: Place, provider: Provider | None) -> bool:
    """Return whether an address is a known operator's abroad, or nobody's whom the data know and placed abroad.

    Anycast alone is no sign of an access provider. Of an operator that is not known, the AS numbers that the register
    gives the provider go before location data, which list many a network where its owner is registered.
    """
    if not _is_known(place) or place.operator_class != "unknown":
        return _is_known(place) and place.operator_class in _ABROAD
    listed_asn = provider is not None and place.asn in provider.asns
    return place.basis == "geoip" and place.location not in (None, "CN") and not listed_asn


def _operator(place: Place) -> Text:
    """Return AS and operator of an address of which one is known: ``AS4134 China Telecom``."""
    asn = f"AS{place.asn} " if place.asn is not None else ""
    name = place.operator_name or alike(place.operator or "")
    return Text(f"{asn}{name.en}".strip(), f"{asn}{name.zh}".strip())


def _row(
    attribute: str, end: NearEnd, declared: Uplink | None, provider: Provider | None, *, mainland: bool
) -> Comparison:
    """Return the comparison of one address, both sides shown."""
    return Comparison(
        attribute=attribute,
        observed=_observed(end),
        registered=_declared(declared, provider),
        agreement=_agreement(end.place, declared, provider, mainland=mainland),
        note=_note(end.place),
    )


def _declared(declared: Uplink | None, provider: Provider | None) -> Text | None:
    """Return what the company states of the provider: name and AS numbers, class; None if nothing."""
    if declared is None or (declared.provider is None and declared.class_ == "unknown"):
        return None
    parts = [fact_value("uplink_class", declared.class_)] if declared.class_ != "unknown" else []
    if provider is not None:
        parts.insert(0, Text(provider.name, provider.name_zh or provider.name))
        parts += [numbers] if (numbers := as_numbers(provider.asns)) else []
    elif declared.provider:
        parts.insert(0, alike(declared.provider))
    return sentences(parts)


def _observed(end: NearEnd) -> Text:
    """Return an address with AS and operator, or what kind of address it is."""
    if _is_known(end.place):
        name = _operator(end.place)
        return Text(f"{end.address}: {name.en}", f"{end.address}：{name.zh}")
    kind = fact_value("remote_address_class", end.place.address_class)
    return Text(f"{end.address}: {kind.en}", f"{end.address}：{kind.zh}")


def _note(place: Place) -> Text:
    """Return by which data of which day, or why the network shows nothing."""
    if not _is_known(place):
        if place.address_class in UNANNOUNCED:
            return Text(
                "not announced: address translation or a router of the provider lies in between",
                "未在公网宣告：其间有地址转换或提供方的路由器",
            )
        return _NO_AS
    parts = [fact_value("remote_operator_class", place.operator_class)] if place.operator_class != "unknown" else []
    if place.asn_source:
        parts.append(alike(f"{place.asn_source} {place.asn_dated or ''}".strip()))
    return sentences(parts) or _NO_AS


def _agreement(place: Place, declared: Uplink | None, provider: Provider | None, *, mainland: bool) -> Agreement:
    """Return whether the origin AS of an address speaks for or against what is declared.

    For: it is an AS of the provider in the register, or one of the declared carrier's network in the mainland.
    Against: an operator abroad on an uplink of a mainland site declared domestic; a provider whose AS numbers are
    registered, this one not among them; one of the three carriers, and another operator announces the address. A
    small access provider often uses a carrier's addresses, so without registered AS numbers a carrier's AS says
    nothing of it.
    """
    if not _is_known(place) or declared is None:
        return Agreement.NOT_STATED
    if mainland and declared.class_ in DOMESTIC and _is_abroad(place, provider):
        return Agreement.CONTRADICTS
    if provider is None:
        return Agreement.NOT_STATED
    if place.asn in provider.asns or (place.carrier == provider.class_ and place.operator_class == _CARRIER):
        return Agreement.AGREES
    if provider.asns and place.asn is not None:
        return Agreement.CONTRADICTS
    of_carrier = provider.class_ in ("china_telecom", "china_mobile", "china_unicom")
    return Agreement.CONTRADICTS if of_carrier and place.operator_class in MAINLAND_OPERATORS else Agreement.NOT_STATED
