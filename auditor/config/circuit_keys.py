"""Every key of a circuit in register.toml; names and status values are NetBox's."""

from auditor import technologies
from auditor.config import enumerations as values
from auditor.config.config_keys import SLUG
from auditor.config.forms import BOOLEAN, COUNTRY, DAY, one_of, text, whole
from auditor.config.keys import Key, Table
from auditor.config.network_forms import ADDRESS, EXECUTABLE, FINGERPRINT, HOST, INTERFACE, PREFIX, WIREGUARD_KEY
from auditor.model.register import Circuit, End, MatchKeys

ASN = whole(1, 4294967295, "an AS number")
_VLAN = whole(1, 4094, "a VLAN id")


def _end(name: str, doc: str, interface: Key, *, site: str, location: str, prefix: str, hop: str) -> Table:
    """Return the description of one end of a circuit, with examples for it."""
    return Table(
        name=name,
        model=End,
        doc=doc,
        keys=(
            Key(name="site", form=text(), doc="Name of the site at this end.", example=site),
            Key(
                name="location",
                form=COUNTRY,
                doc="Country or region of this end (ISO 3166-1 alpha-2); CN is the mainland only.",
                example=location,
            ),
            Key(
                name="prefixes",
                form=PREFIX,
                many=True,
                default=[],
                doc="Networks reached at this end of the circuit.",
                example=[prefix],
            ),
            interface,
            Key(name="vlan", form=_VLAN, doc="VLAN id of the hand-off.", example=301),
            Key(name="next_hop", form=ADDRESS, doc="Address of the provider's router at this end.", example=hop),
        ),
    )


MATCH = Table(
    name="match",
    model=MatchKeys,
    doc="What identifies the circuit's tunnel besides its ends; a strong match needs two that agree.",
    keys=(
        Key(
            name="peer_prefixes",
            form=PREFIX,
            many=True,
            default=[],
            doc="Networks in which the tunnel's far endpoint lies.",
            example=["203.0.113.10/32"],
        ),
        Key(
            name="hostnames",
            form=HOST,
            many=True,
            default=[],
            doc="Host names of the far endpoint as the tunnel's configuration writes them.",
            example=["sg-pe1.example.net"],
        ),
        Key(
            name="wireguard_public_keys",
            form=WIREGUARD_KEY,
            many=True,
            default=[],
            doc="Public keys of the WireGuard peer; never put a private key here.",
            example=["nv5z0Uo5ctHY2nDfB8RzuWtLpvmi2zGQC8w5zFrVJ2U="],
        ),
        Key(
            name="ike_identities",
            form=text(most=500),
            many=True,
            default=[],
            doc="IKE identities of the far end.",
            example=["sg-pe1.example.net"],
        ),
        Key(
            name="certificate_fingerprints",
            form=FINGERPRINT,
            many=True,
            default=[],
            doc="SHA-256 fingerprints of the far end's certificate, hexadecimal; recorded, no probe shows them so far.",
            example=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
        Key(
            name="asns",
            form=ASN,
            many=True,
            default=[],
            doc="AS numbers that announce the far endpoint; supporting evidence only.",
            example=[64500],
        ),
        Key(
            name="executables",
            form=EXECUTABLE,
            many=True,
            default=[],
            doc="Full paths of the programs that may carry the tunnel; supporting evidence only.",
            example=["/usr/lib/ipsec/charon"],
        ),
        Key(
            name="technologies",
            form=one_of(*sorted(technologies.load().by_id)),
            many=True,
            default=[],
            doc="Technologies that the tunnel may use; supporting evidence only.",
            example=["ipsec"],
        ),
    ),
)

_WHAT = (
    Key(
        name="provider",
        form=SLUG,
        required=True,
        doc="Slug of the provider it is leased from.",
        example="china-telecom",
    ),
    Key(
        name="cid",
        form=text(most=100),
        required=True,
        doc="Circuit id as the provider writes it; unique in this file.",
        example="SHA-SIN-IPLC-0042",
    ),
    Key(name="type", form=SLUG, required=True, doc="Type of the circuit, a free slug.", example="iplc"),
    Key(
        name="status",
        form=one_of(*values.CIRCUIT_STATUSES),
        required=True,
        doc="Status of the circuit in NetBox's words.",
        example="active",
    ),
    Key(name="description", form=text(most=2000, several_lines=True), doc="Remarks for people.", example="Main line"),
)
_CONTRACT = (
    Key(name="install_date", form=DAY, doc="First day of the contract.", example="2025-04-01"),
    Key(
        name="termination_date",
        form=DAY,
        doc="Last day of the contract, that whole day included; for a contract without end the day up to which it"
        " was last confirmed.",
        example="2028-03-31",
    ),
    Key(
        name="renewal_pending",
        form=BOOLEAN,
        default=False,
        doc="Whether a renewal is being agreed; matters once the last day has passed.",
        example=False,
    ),
    Key(name="contract", form=text(), doc="Number of the contract.", example="CT-INTL-2025-0042"),
    Key(
        name="contract_party",
        form=one_of(*values.CONTRACT_PARTIES),
        default="unknown",
        doc="Who leases from whom (control X-03): route 1 is carrier_direct, route 2 overseas_party_to_carrier or"
        " overseas_operator_to_carrier.",
        example="carrier_direct",
    ),
)
_USE = (
    Key(
        name="purpose",
        form=one_of(*values.PURPOSES),
        default="unknown",
        doc="What the circuit is used for, as declared to the provider (control X-06).",
        example="internal_office",
    ),
    Key(
        name="user_record",
        form=one_of(*values.USER_RECORDS),
        default="unknown",
        doc="Whether a copy of the carrier's user file and purpose statement is kept (control X-07).",
        example="yes",
    ),
    Key(name="user_record_date", form=DAY, doc="Date of that record.", example="2025-04-01"),
    Key(
        name="onward_reach",
        form=one_of(*values.ONWARD_REACHES),
        default="unknown",
        doc="Where a domestic circuit carries traffic on to from its far end (control P-04).",
        example="domestic_only",
    ),
    Key(
        name="onward_circuit",
        form=text(most=100),
        doc="Circuit id of the registered circuit that carries it on abroad.",
        example="SHA-SIN-IPLC-0042",
    ),
)

CIRCUIT = Table(
    name="circuit",
    field="circuits",
    model=Circuit,
    many=True,
    doc="One leased line, VPN included.",
    keys=(*_WHAT, *_CONTRACT, *_USE),
    tables=(
        _end(
            "a",
            "End A: this side's site.",
            Key(
                name="interface",
                form=INTERFACE,
                doc="Interface of the hand-off on this gateway; a name alone never makes a match.",
                example="eth2",
            ),
            site="Shanghai office",
            location="CN",
            prefix="10.20.0.0/16",
            hop="192.0.2.1",
        ),
        _end(
            "z",
            "End Z: the far end.",
            Key(
                name="interface",
                form=text(most=100),
                doc="Interface of the hand-off on the far router, for people.",
                example="GigabitEthernet0/0/1",
            ),
            site="Singapore head office",
            location="SG",
            prefix="10.60.0.0/16",
            hop="192.0.2.129",
        ),
        MATCH,
    ),
)
