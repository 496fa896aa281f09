"""Packets are a witness: they join what probes found, or raise a question; they change and clear nothing."""

from dataclasses import replace

import pytest

from auditor.correlate.packets import clients_apart, join
from auditor.model.judgement import Severity, Verdict
from auditor.model.sightings import Scope
from auditor.model.text import Text
from auditor.model.tunnel import Certainty, Endpoint, Family, Inventory, Layer, Owner, Role, State, Tunnel
from auditor.packets.tunnel import Detail
from auditor.packets.tunnel import Tunnel as Seen
from tests.auditor.objects.statements import KEY, context, remote, tunnel
from tests.auditor.objects.test_tunnels import judged

HERE = Scope(name=None, inode=1, door="/proc/self/ns/net")
BRANCH = Scope(name="branch", inode=2, door="/run/netns/branch")
OWN = {"192.0.2.10": HERE, "192.0.2.20": BRANCH}


def seen(protocol: str = "wireguard", src: str = "192.0.2.10", dst: str = "203.0.113.9", **other: object) -> Seen:
    values: dict[str, object] = {
        "protocol": protocol,
        "src": src,
        "dst": dst,
        "sport": 41000,
        "dport": 51820,
        "transport": "udp",
        "packets": 12,
        "bytes": 1200,
        "first_s": 1.0,
        "last_s": 2.0,
        "confidence": Certainty.HIGH,
        "signs": {},
    }
    return Seen(**(values | other))  # type: ignore[arg-type]


def joined(*heard: Seen, tunnels: tuple[Tunnel, ...] = ()) -> tuple[Tunnel, ...]:
    return join(Inventory(tunnels=tunnels, not_tunnels=(), ports=()), heard, OWN).tunnels


def test_packets_of_a_known_tunnel_are_one_witness_more_and_nothing_else() -> None:
    known = tunnel(remote("203.0.113.9", identity=KEY, identity_kind="wireguard"))
    (after,) = joined(seen(), seen(sport=5), tunnels=(known,))
    assert [witness.says for witness in after.witnesses if witness.probe == "packets"] == [
        "WireGuard seen in 12 packets, confidence high"
    ]
    assert replace(after, witnesses=known.witnesses) == known


def test_a_tunnel_seen_only_in_packets_is_a_question() -> None:
    (made,) = joined(seen("esp-udp", dport=4500, sport=4500, signs={"counting": 7}))
    assert (made.technology, made.state, made.owner, made.scope) == ("ipsec", State.UNKNOWN, None, HERE)
    assert made.remotes[0].endpoint == Endpoint(address="203.0.113.9", port=4500, transport="udp")
    assert made.only_in_packets
    assert made.certainty is Certainty.MEDIUM
    assert "goes up within their association: 7" in made.witnesses[0].says


def test_its_id_does_not_depend_on_ports_or_direction() -> None:
    (one,) = joined(seen())
    (other,) = joined(seen(src="203.0.113.9", dst="192.0.2.10", sport=51820, dport=999, packets=3))
    assert one.id == other.id
    (elsewhere,) = joined(seen(src="192.0.2.20"))
    assert (elsewhere.scope, elsewhere.id == one.id) == (BRANCH, False)


def test_tunnels_of_others_are_left_out() -> None:
    assert joined(seen(src="10.8.0.7")) == ()


@pytest.mark.parametrize(
    ("protocol", "technology", "same"),
    [
        ("wireguard", "tailscale", True),
        ("gre", "gretap", True),
        ("6in4", "sit", True),
        ("esp", "ipsec", True),
        ("openvpn", "tun", True),
        ("openvpn", "wireguard", False),
        ("vxlan", "geneve", False),
    ],
)
def test_which_technologies_are_the_same_on_the_wire(protocol: str, technology: str, same: bool) -> None:
    known = replace(tunnel(remote("203.0.113.9")), technology=technology, layers=())
    assert len(joined(seen(protocol), tunnels=(known,))) == (1 if same else 2)


def test_a_layer_counts_as_the_tunnel() -> None:
    layers = (Layer(technology="ipsec", door="xfrm"), Layer(technology="l2tp", door="link"))
    known = replace(tunnel(remote("203.0.113.9")), technology="l2tp", layers=layers)
    assert len(joined(seen("esp"), seen("l2tp"), tunnels=(known,))) == 1


def server() -> Tunnel:
    return replace(
        tunnel(remote("203.0.113.9")),
        technology="openvpn",
        remotes=(),
        role=Role.SERVER,
        family=Family.REMOTE_ACCESS,
        local=Endpoint(address="192.0.2.10", port=1194, transport="udp"),
    )


def test_clients_are_told_apart_from_lines_of_the_company() -> None:
    line = replace(tunnel(remote("203.0.113.9")), technology="wireguard")
    inventory = Inventory(tunnels=(server(), line), not_tunnels=(), ports=())
    client = seen("openvpn", src="198.18.0.7", dst="192.0.2.10", sport=9, dport=1194)
    elsewhere = seen("openvpn", src="192.0.2.10", dst="203.0.113.77", sport=9, dport=443)
    between = seen("openvpn", src="198.51.100.1", dst="203.0.113.5")
    shown, people = clients_apart(inventory, [seen(), client, elsewhere, between], OWN)
    assert shown == (seen(), elsewhere, between)
    assert people == {"openvpn": 1}


def test_clients_of_a_server_are_counted_and_never_named() -> None:
    clients = [seen("openvpn", src=f"198.18.0.{n}", dst="192.0.2.10", sport=9, dport=1194) for n in range(1, 4)]
    (after,) = joined(*clients, tunnels=(server(),))
    assert after.remotes == ()
    assert after.witnesses[-1].says == "packets between this server and fewer than 5 client(s)"
    assert "198.18" not in repr(after)


def test_a_question_is_reviewed_whatever_its_far_end() -> None:
    abroad = joined(seen(dst="203.0.113.200"))
    matched = joined(seen())
    for made in (*abroad, *matched):
        (audited,) = judged(context(), made)
        assert (audited.verdict, audited.severity) == (Verdict.NEEDS_REVIEW, Severity.MEDIUM)


def _said(*details: tuple[str, str, str]) -> tuple[Detail, ...]:
    return tuple(Detail(*one) for one in details)


def test_what_a_handshake_says_is_evidence_in_both_languages_and_no_verdict() -> None:
    known = replace(tunnel(remote("203.0.113.9")), technology="ipsec", layers=())
    weak = _said(
        ("offer", "src", "ENCR DES, DH MODP_1024"), ("weak", "src", "DES, MODP_1024"), ("vendor", "dst", "XAUTH")
    )
    (plain,) = joined(seen("ikev2"), tunnels=(known,))
    (after,) = joined(seen("ikev2", details=weak), tunnels=(known,))
    assert after.witnesses[-1].details == (
        Text("this gateway: offers ENCR DES, DH MODP_1024", "本网关：提议ENCR DES, DH MODP_1024"),
        Text(
            "this gateway: too weak by RFC 8247: DES, MODP_1024; a question, no verdict",
            "本网关：按RFC 8247强度不足：DES, MODP_1024；仅为疑问，不作结论",
        ),
        Text("far end: says in its vendor id: XAUTH", "对端：厂商标识：XAUTH"),
    )
    assert replace(after, witnesses=()) == replace(plain, witnesses=())
    (without,), (within,) = judged(context(), plain), judged(context(), after)
    assert (within.verdict, within.severity) == (without.verdict, without.severity)


def test_an_end_that_says_it_is_another_product_is_a_question() -> None:
    owner = Owner(program="charon-systemd", path="/usr/sbin/charon-systemd", pid=7)
    known = replace(tunnel(remote("203.0.113.9")), technology="ipsec", layers=(), owner=owner)

    def asked(*details: tuple[str, str, str], holder: Owner | None = owner) -> list[str]:
        (after,) = joined(seen("ikev2", details=_said(*details)), tunnels=(replace(known, owner=holder),))
        return [one.en for one in after.witnesses[-1].details if one.en.startswith("question")]

    assert asked(("vendor", "src", "strongSwan"), ("vendor", "src", "XAUTH")) == []
    assert asked(("vendor", "dst", "Fortinet FortiGate")) == []
    assert asked(("vendor", "src", "Fortinet FortiGate"), holder=None) == []
    assert asked(("vendor", "src", "Fortinet FortiGate")) == [
        "question: this end calls itself Fortinet FortiGate, but charon-systemd holds the tunnel here; is there "
        "another device behind this address?"
    ]


def test_what_clients_of_a_server_say_is_not_told() -> None:
    server = replace(tunnel(), technology="ipsec", remotes=(), role=Role.SERVER, family=Family.REMOTE_ACCESS, layers=())
    client = seen("ikev2", src="198.18.0.7", dst="192.0.2.10", details=_said(("vendor", "src", "Microsoft Windows")))
    (after,) = joined(client, tunnels=(server,))
    assert "Microsoft" not in repr(after)
