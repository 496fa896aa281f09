"""The one door to the network: asks resolvers with dnspython, and always comes back in time.

Questions leave from the network namespace that the program runs in, like those of any program there, and go to the
configured resolvers only. They ask for DNSSEC data and say that the flag AD is understood (RFC 6840 5.7), so a
validating resolver says whether it validated. dnspython loads when the first question is asked, not before.
"""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING

from auditor.formats.hostnames import asked_as
from auditor.formats.resolvers import Resolver
from auditor.lookups.messages import CHAIN_MOST, Read, read, text
from auditor.model.lookup import Lookup, Outcome, Question, Refusal, Reply, Validation

if TYPE_CHECKING:
    from dns.message import Message
    from dns.name import Name

_ATTEMPT_S = 2.0
_ROUNDS = 2
_AT_ONCE = 8
_WORTH_ANOTHER = (Outcome.TIMEOUT, Outcome.MALFORMED)  # a lost packet, or one that somebody else slipped in
_EDNS_BYTES = 1232  # DNS flag day 2020: fits every path without fragments


@dataclass(slots=True)
class _Tries:
    """One question under way: when it is over, whom it went to, and the failure that says most."""

    deadline_s: float
    asked: list[Resolver] = field(default_factory=list)
    failure: Outcome = Outcome.TIMEOUT

    def left_s(self) -> float:
        """Return the seconds that are left."""
        return self.deadline_s - time.monotonic()

    def failed(self, outcome: Outcome) -> None:
        """Keep `outcome`; silence says least, so it replaces nothing."""
        if outcome is not Outcome.TIMEOUT:
            self.failure = outcome

    def to(self, resolver: Resolver) -> None:
        """Note that `resolver` is asked, as the last."""
        if resolver in self.asked:
            self.asked.remove(resolver)
        self.asked.append(resolver)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks `resolvers` in turn; a question takes `question_limit_s` at most, nothing is asked after `deadline_s`."""

    resolvers: tuple[Resolver, ...]
    question_limit_s: float
    deadline_s: float
    stop: Event = field(default_factory=Event)

    def ask_all(self, questions: Sequence[Question]) -> list[Lookup]:
        """Return a look-up for each of `questions`, in their order; what there was no time for is OUT_OF_TIME."""
        if not questions:
            return []
        import dns.message  # NOTE: once, before threads ask for it
        import dns.query  # noqa: F401

        pool = ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(questions)))
        try:
            return list(pool.map(self._ask, questions))
        except BaseException:  # NOTE: after a signal in the middle nothing more is asked
            self.stop.set()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, question: Question) -> Lookup:
        """Return the look-up of one question; whatever a server sends is an outcome, never an error."""
        began_s = time.monotonic()
        if not self.resolvers:
            return Lookup(question=question, reply=Reply(outcome=Outcome.UNREACHABLE))
        tries = _Tries(min(began_s + self.question_limit_s, self.deadline_s))
        if began_s >= self.deadline_s:
            return Lookup(question=question, reply=Reply(outcome=Outcome.OUT_OF_TIME))
        asked_at = datetime.now(UTC)
        reply = self._chased(question, tries)
        return Lookup(question=question, reply=reply, asked_at=asked_at, duration_s=time.monotonic() - began_s)

    def _chased(self, question: Question, tries: _Tries) -> Reply:
        """Return the reply to `question`; where a server answers with an alias alone, what it leads to is asked."""
        import dns.name

        name = dns.name.from_text(question.name)
        chain: list[str] = []
        validated, ttls = True, []
        while True:
            message = self._exchange(name, question.type, tries)
            asked = tuple(map(str, tries.asked))
            if message is None:
                return Reply(outcome=tries.failure, chain=tuple(chain), resolvers=asked)
            found = _read(message, name, question.type, frozenset((text(dns.name.from_text(question.name)), *chain)))
            validated = validated and _is_validated(message)
            chain += found.chain
            ttls += [found.ttl_s] if found.ttl_s is not None else []
            onward = found.onward
            if onward is None or isinstance(asked_as(text(onward)), Refusal):
                break
            if len(chain) > CHAIN_MOST:
                found = Read(outcome=Outcome.CHAIN_TOO_LONG)
                break
            name = onward
        return Reply(
            outcome=found.outcome,
            values=found.values,
            cut=found.cut,
            ttl_s=min(ttls, default=None),
            chain=tuple(chain),
            validation=Validation.VALIDATED if validated else Validation.NOT_VALIDATED,
            resolvers=asked,
        )

    def _exchange(self, name: "Name", type_: str, tries: _Tries) -> "Message | None":
        """Return the first answer that settles the question, None if no resolver gives one in time."""
        from dns.rcode import NOERROR, NXDOMAIN

        silent: Iterable[Resolver] = self.resolvers
        for _ in range(_ROUNDS):
            again = []
            for resolver in silent:
                if (left_s := tries.left_s()) <= 0 or self.stop.is_set():
                    return None
                tries.to(resolver)
                message, outcome = _attempt(resolver, name, type_, min(_ATTEMPT_S, left_s))
                if message is not None and message.rcode() in (NOERROR, NXDOMAIN):
                    return message
                tries.failed(_of_rcode(message) if message is not None else outcome)
                if outcome in _WORTH_ANOTHER:
                    again.append(resolver)
            silent = again
        return None


def _attempt(resolver: Resolver, name: "Name", type_: str, limit_s: float) -> "tuple[Message | None, Outcome]":
    """Return what one resolver answers, over TCP if it does not fit; else None and what happened."""
    from dns.rcode import FORMERR, NOTIMP

    until_s = time.monotonic() + limit_s
    message, outcome = _once(resolver, name, type_, until_s, edns=True)
    if message is not None and message.rcode() in (FORMERR, NOTIMP):
        return _once(resolver, name, type_, until_s, edns=False)  # NOTE: RFC 6891 7: it may not know EDNS
    return message, outcome


def _once(
    resolver: Resolver, name: "Name", type_: str, until_s: float, *, edns: bool
) -> "tuple[Message | None, Outcome]":
    """Return one exchange over UDP, and over TCP if the answer is cut."""
    import dns.exception
    import dns.flags
    import dns.message
    import dns.query

    query = dns.message.make_query(
        name,
        type_,
        use_edns=0 if edns else False,
        want_dnssec=edns,
        payload=_EDNS_BYTES if edns else None,
        flags=dns.flags.RD | dns.flags.AD,
    )
    where, port, cut = resolver.address, resolver.port, False
    try:
        try:
            message: Message = dns.query.udp(
                query, where, _left_s(until_s), port, ignore_unexpected=True, raise_on_truncation=True
            )
        except dns.message.Truncated:
            cut = True
            message = dns.query.tcp(query, where, _left_s(until_s), port)
    except (dns.exception.Timeout, TimeoutError):
        return None, Outcome.TRUNCATED if cut else Outcome.TIMEOUT
    except (OSError, EOFError):
        return None, Outcome.TRUNCATED if cut else Outcome.UNREACHABLE
    except (dns.exception.DNSException, ValueError):
        return None, Outcome.MALFORMED
    return message, Outcome.ANSWERED


def _left_s(until_s: float) -> float:
    """Return the seconds to `until_s`, at least a moment: a time limit of zero would mean another thing."""
    return max(until_s - time.monotonic(), 0.001)


def _read(message: "Message", name: "Name", type_: str, before: frozenset[str]) -> Read:
    """Return what `message` says; a record that cannot be what it says it is makes it malformed."""
    import dns.exception

    try:
        return read(message, name, type_, before)
    except (dns.exception.DNSException, ValueError):
        return Read(outcome=Outcome.MALFORMED)


def _is_validated(message: "Message") -> bool:
    """Return whether the resolver says that it validated all of `message`."""
    import dns.flags

    return bool(message.flags & dns.flags.AD)


def _of_rcode(message: "Message") -> Outcome:
    """Return the outcome that an error code stands for (RFC 1035 4.1.1)."""
    from dns.rcode import SERVFAIL

    return Outcome.SERVFAIL if message.rcode() == SERVFAIL else Outcome.REFUSED
