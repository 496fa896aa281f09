"""Origin AS, operator and network evidence reach the facts by one path: tunnels, hand-offs, inner tunnels."""

from dataclasses import replace
from ipaddress import ip_network

from auditor.model.match import Agreement, NetworkEvidence, Strength
from auditor.model.register import End, KnownNetwork, MatchKeys
from auditor.model.scan import Audited, Path
from auditor.model.tunnel import Endpoint, Layer, Port, Tunnel
from auditor.objects import handoffs
from auditor.objects.context import Context
from auditor.objects.tunnels import TunnelJudge
from auditor.objects.uplinks import find
from tests.auditor.objects.statements import CIRCUIT, KEY, REGISTER, context, port, remote, tunnel

ABROAD, CLOUD, MAINLAND = "168.95.1.1", "54.251.0.1", "202.96.128.86"  # AS3462, AS16509, AS4134


def leased(*asns: int, hop: str | None = None, **more: object) -> Context:
    """Return a context in which the far end ABROAD or CLOUD is a leased circuit with these AS numbers registered."""
    keys = MatchKeys(
        wireguard_public_keys=(KEY,),
        peer_prefixes=(ip_network(f"{ABROAD}/32"), ip_network(f"{CLOUD}/32")),
        asns=asns,
    )
    end = replace(CIRCUIT.a, next_hop=hop)
    circuit = replace(CIRCUIT, a=end, z=End(location=None), match=keys)
    return context(register={"circuits": (circuit,), "networks": (), **more})


def end(address: str) -> object:
    return remote(address, identity=KEY, identity_kind="wireguard")


def paths(around: Context, *tunnels: Tunnel) -> list[Path]:
    ports = (port(),)
    found: tuple[Audited, ...] = TunnelJudge(around, ports, tunnels).judge(find(around, ports, frozenset()))
    return list(found[-1].paths)


def test_agree_differ_and_missing() -> None:
    one = tunnel(end(ABROAD))  # type: ignore[arg-type]
    for asns, evidence, agreement in (
        ((3462,), NetworkEvidence.MATCH, Agreement.AGREES),
        ((64500,), NetworkEvidence.MISMATCH, Agreement.CONTRADICTS),
        ((), NetworkEvidence.UNKNOWN, Agreement.NOT_STATED),
    ):
        (path,) = paths(leased(*asns), one)
        assert path.match.strength is Strength.STRONG
        assert path.match.network_evidence is evidence
        assert path.facts.network_evidence == evidence.value
        row = path.match.network_comparisons[0]
        assert row.agreement is agreement
        assert row.note is not None
        assert "origin-asn 2026-09-16" in row.note.en
        assert (path.facts.remote_asn, path.facts.remote_operator_class) == (3462, "overseas_isp")


def test_the_hand_off_agrees_differs_or_is_missing() -> None:
    one = tunnel(end(ABROAD))  # type: ignore[arg-type]
    for hop, evidence in (
        ("192.0.2.14", NetworkEvidence.MATCH),
        (None, NetworkEvidence.UNKNOWN),
    ):
        (path,) = paths(leased(hop=hop), one)
        assert path.match.network_evidence is evidence
    (path,) = paths(leased(hop="192.0.2.13"), one)
    hop = next(row for row in path.match.network_comparisons if row.attribute == "next hop")
    assert (hop.agreement, path.match.network_evidence) == (Agreement.CONTRADICTS, NetworkEvidence.UNKNOWN)


def test_every_path_has_its_own_origin_and_the_worst_decides() -> None:
    first, second = paths(leased(3462), tunnel(end(ABROAD), end(CLOUD)))  # type: ignore[arg-type]
    assert (first.facts.remote_asn, second.facts.remote_asn) == (3462, 16509)
    assert (first.facts.network_evidence, second.facts.network_evidence) == ("match", "mismatch")
    assert (first.facts.remote_operator_class, second.facts.remote_operator_class) == ("overseas_isp", "overseas_cloud")


def test_an_inner_tunnel_has_the_origin_and_the_evidence_of_its_outer_one() -> None:
    inner = tunnel(remote("10.9.9.2"), id="t-2", technology="gre", interface="gre1", outer_id="t-1")
    (path,) = paths(leased(3462), tunnel(end(ABROAD)), inner)  # type: ignore[arg-type]
    assert (path.facts.remote_asn, path.facts.remote_operator_class) == (3462, "overseas_isp")
    assert (path.facts.network_evidence, path.place.asn_dated) == ("match", "2026-09-16")
    assert len(path.match.network_comparisons) == 4


def test_an_inner_tunnel_has_the_origin_even_of_an_outer_one_without_a_place() -> None:
    inner = tunnel(remote("10.9.9.2"), id="t-2", technology="gre", interface="gre1", outer_id="t-1")
    anycast = "1.1.1.1"
    outer = tunnel(remote(anycast))
    (plain,) = paths(leased(), outer)
    (path,) = paths(leased(), outer, inner)
    assert path.facts.remote_asn == plain.facts.remote_asn == 13335


def test_ipsec_around_a_tunnel_is_asked_for_the_same_far_end() -> None:
    layers = (Layer(technology="ipsec", door="xfrm state"), Layer(technology="gre", door="link"))
    (path,) = paths(leased(3462), tunnel(end(ABROAD), technology="gre", layers=layers))  # type: ignore[arg-type]
    assert (path.facts.remote_asn, path.facts.network_evidence) == (3462, "match")


def test_the_inventory_names_the_operator_and_the_data_the_origin() -> None:
    named = KnownNetwork(
        name="edge",
        relation="third_party",
        location="TW",
        prefixes=(ip_network("168.95.0.0/16"),),
        operator="Edge Ltd",
        operator_class="overseas_cloud",
    )
    (path,) = paths(leased(3462, networks=(named,)), tunnel(end(ABROAD)))  # type: ignore[arg-type]
    assert (path.place.operator, path.facts.remote_operator_class) == ("Edge Ltd", "overseas_cloud")
    assert (path.facts.remote_asn, path.facts.network_evidence) == (3462, "match")
    assert path.place.dated == "2026-11-01"


def test_the_gateways_own_address_is_placed_as_far_ends_are() -> None:
    (path,) = paths(leased(), tunnel(end(ABROAD), local=Endpoint(address=MAINLAND)))  # type: ignore[arg-type]
    assert [near.address for near in path.near] == [MAINLAND, "192.0.2.1"]
    near = path.near[0].place
    assert (near.location, near.asn, near.confidence, near.dated) == ("CN", 4134, "high", "2026-09-16")


LINE = replace(
    CIRCUIT,
    cid="LINE",
    a=End(location="CN", prefixes=(ip_network("59.43.0.0/24"),), interface="eth2", vlan=300, next_hop=None),
    z=End(location="SG", prefixes=(ip_network("10.20.0.0/16"),)),
    match=MatchKeys(asns=(4134,)),
)


def line(hop: str) -> Port:
    return port(
        "eth2.300",
        ifindex=5,
        parent="eth2",
        vlan_id=300,
        addresses=("59.43.0.2/30",),
        next_hops=(hop,),
        routes=("10.20.0.0/16",),
        default_route=False,
    )


def handed_off(hop: str, circuit: object = LINE) -> Path:
    around = context(register={"circuits": (circuit,)})
    found = handoffs.find(around, (line(hop),), frozenset())
    (audited,) = handoffs.judge(around, found, "basic_carrier")
    return audited.paths[0]


def test_a_hand_off_is_asked_for_the_origin_of_its_next_hop() -> None:
    for hop, asn, evidence in (
        (MAINLAND, 4134, NetworkEvidence.MATCH),
        (ABROAD, 3462, NetworkEvidence.UNKNOWN),  # of the next hop, not of the far end: it contradicts nothing
        ("10.255.0.1", None, NetworkEvidence.UNKNOWN),
    ):
        path = handed_off(hop)
        assert (path.facts.remote_asn, path.match.network_evidence) == (asn, evidence)
        assert path.match.network_comparisons[3].agreement is Agreement.AGREES
        assert path.place.location == "SG"  # the next hop is near: where it lies says nothing of the far end
    assert handed_off(MAINLAND).facts.remote_operator_class == "mainland_basic_carrier"


def test_a_hand_off_whose_next_hop_is_another_shows_the_one_that_is_seen() -> None:
    wrong = replace(LINE, a=replace(LINE.a, next_hop="59.43.0.9"), match=MatchKeys())
    around = context(register={"circuits": (wrong,), "networks": REGISTER.networks})
    (item,) = handoffs.find(around, (replace(line("59.43.0.1"), alias="LINE"),), frozenset())
    (audited,) = handoffs.judge(around, (item,), "basic_carrier")
    assert audited.paths[0].remote == "59.43.0.1"
