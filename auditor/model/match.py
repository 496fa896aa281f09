"""How one path of an object fits the register, and where its far end is."""

from dataclasses import dataclass
from enum import StrEnum

from auditor.model.lookup import OriginAnswer
from auditor.model.text import Text


class Strength(StrEnum):
    """Guidance 5.4: how well the register explains a connection."""

    STRONG = "strong"
    WEAK = "weak"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    NONE = "none"


class NetworkEvidence(StrEnum):
    """Guidance 5.4: whether the network agrees with the register (control X-05)."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Agreement(StrEnum):
    """What one attribute says; not stated where one side is silent, which is no contradiction."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    NOT_STATED = "not_stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One attribute of the network beside what is stated of it; None: that side says nothing.

    `note` is what a reader needs beside the two: whose the AS is, the day of the data, why a side is silent.
    """

    attribute: str
    observed: Text | None
    registered: Text | None
    agreement: Agreement
    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchReason:
    """One attribute compared with one register entry: both sides as shown to people.

    `counts` is False for attributes that support or contradict but never add to the two that a
    strong match needs (an executable path, a technology).
    """

    attribute: str
    agrees: bool
    observed: str
    registered: str
    cid: str
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The register's answer for one path; `cid` is None unless exactly one entry fits.

    `candidates` are the ids of all entries that fitted at least one attribute.
    """

    strength: Strength
    cid: str | None = None
    provider: str | None = None
    reasons: tuple[MatchReason, ...] = ()
    candidates: tuple[str, ...] = ()
    network_evidence: NetworkEvidence = NetworkEvidence.NOT_APPLICABLE
    network_evidence_reason: Text | None = None
    network_comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """What one data source says of an address: a country or region (None: no answer), and the day of its data."""

    source: str
    dated: str
    location: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an address is and whose it is, with the source of that statement (guidance 5.2).

    `location` is ISO 3166-1 alpha-2 (CN: the mainland only), None: not known. `basis`, `confidence`,
    `address_class`, `relation` and `operator_class` are values of the facts of that name. `answers` are what data
    sources say of the address, `why` what makes the place sure or unsure. `asn` is the origin AS, by the data
    `asn_source` of the day `asn_dated`. `dated` is the day of the statement about the place (ISO 8601): of location
    data the oldest that counts, of the register the day of its last review. `carrier` is the basic carrier behind the
    operator (a value of `service_provider`).
    `origins` are what a live service says of it, and `reverse_names` what whoever holds the address calls it; both
    were looked up, are shown, and never make a place sure.
    """

    location: str | None = None
    basis: str = "none"
    confidence: str = "none"
    address_class: str = "none"
    relation: str = "unknown"
    operator: str | None = None
    operator_class: str = "unknown"
    source: Text | None = None
    asn: int | None = None
    answers: tuple[PlaceAnswer, ...] = ()
    why: Text | None = None
    origins: tuple[OriginAnswer, ...] = ()
    reverse_names: tuple[str, ...] = ()
    dated: str | None = None
    operator_name: Text | None = None
    carrier: str | None = None
    asn_source: str | None = None
    asn_dated: str | None = None


@dataclass(frozen=True, slots=True)
class NearEnd:
    """One address of this gateway's own, and what the same data say of it as of a far end."""

    address: str
    place: Place
