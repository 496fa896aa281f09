"""Questions to name servers and what became of each: what others were told about this gateway, and what they said."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from auditor.model.sightings import BlindSpot

PROBE = "lookups"
"""What a blind spot, and an acknowledgement of it, call the look-ups."""


class Purpose(StrEnum):
    """Why a question is asked."""

    ADDRESS = "address"
    REVERSE = "reverse"
    ORIGIN = "origin"


class Outcome(StrEnum):
    """What became of a question. NXDOMAIN and NO_DATA are answers too: there is nothing of that name or type."""

    ANSWERED = "answered"
    NO_DATA = "no_data"
    NXDOMAIN = "nxdomain"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TRUNCATED = "truncated"
    LOOP = "loop"
    CHAIN_TOO_LONG = "chain_too_long"
    MALFORMED = "malformed"
    OUT_OF_TIME = "out_of_time"
    TOO_MANY = "too_many"
    NOT_ASKED = "not_asked"


ANSWERS = (Outcome.ANSWERED, Outcome.NO_DATA, Outcome.NXDOMAIN)
"""Outcomes in which a name server settled the question."""


class Refusal(StrEnum):
    """Why a name is never asked for."""

    NO_HOST_NAME = "no_host_name"
    SINGLE_LABEL = "single_label"
    SPECIAL = "special"
    AMBIGUOUS = "ambiguous"


class Validation(StrEnum):
    """Whether the resolver says that it validated the answer with DNSSEC (flag AD, RFC 4035 3.2.3)."""

    VALIDATED = "validated"
    NOT_VALIDATED = "not_validated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `name` and record `type` as asked, `about` the name or address that it is about."""

    purpose: Purpose
    about: str
    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What became of a question.

    `values` are the records of the type asked for, `cut` how many more there were than are kept. `ttl_s` is the
    least of the chain's and the records' (None: no record). `chain` are the names that CNAME records led to, in
    order. `resolvers` are all that were asked, the one that settled it last; or the file that did. `refusal`: why
    nobody was asked.
    """

    outcome: Outcome
    values: tuple[str, ...] = ()
    cut: int = 0
    ttl_s: int | None = None
    chain: tuple[str, ...] = ()
    validation: Validation = Validation.UNKNOWN
    resolvers: tuple[str, ...] = ()
    refusal: Refusal | None = None

    @property
    def is_complete(self) -> bool:
        """Return whether everything that there is to know is known: settled, and all of it kept."""
        return self.outcome in ANSWERS and not self.cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A question with its reply; `asked_at` is aware (None: never asked), `duration_s` wall time."""

    question: Question
    reply: Reply
    asked_at: datetime | None = None
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookups:
    """All look-ups of one scan. `resolvers` are who could be asked, `resolvers_from` the file that names them.

    `unread` is what could not be read of the files that programs consult before name servers.
    """

    enabled: bool = False
    resolvers: tuple[str, ...] = ()
    resolvers_from: str | None = None
    asked: tuple[Lookup, ...] = ()
    unread: tuple[BlindSpot, ...] = ()


NOBODY_ASKED = Lookups()


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginAnswer:
    """Who announces an address, as a live service says: AS numbers and prefix (empty, None: nobody that it knows of).

    `asked_at` is when it was asked, aware; such an answer has no other date.
    """

    source: str
    asked_at: datetime
    asns: tuple[int, ...]
    prefix: str | None
