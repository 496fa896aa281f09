"""All look-ups of one scan: what is asked, of whom, in which order, and within which limits."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.util import find_spec

from auditor.errors import InputError, SourceAbsent, SourceError
from auditor.formats.resolvers import Resolver, of_hosts_file, of_resolv_conf, resolver
from auditor.host import Host
from auditor.lookups import questions
from auditor.lookups.answers import Answers
from auditor.model.lookup import PROBE, Lookup, Lookups, Outcome, Question, Refusal, Reply
from auditor.model.register import LookupSettings
from auditor.model.sightings import BlindSpot
from auditor.model.tunnel import Tunnel

RESOLV_CONF = "/etc/resolv.conf"
Ask = Callable[[Sequence[Question]], list[Lookup]]


def require(key: str) -> None:
    """Raise InputError that names the configuration's `key` and the extra to install, unless dnspython is there."""
    if find_spec("dns") is None:
        raise InputError([f"{key}: looking names up needs the Python package dnspython (pip install auditor[dns])"])


def resolvers(settings: LookupSettings, host: Host) -> tuple[tuple[Resolver, ...], str | None]:
    """Return who is asked and the file that names them, None for the configuration; none if that cannot be read."""
    if settings.resolvers:
        return tuple(map(resolver, settings.resolvers)), None
    try:
        return of_resolv_conf(_text(host, RESOLV_CONF)), RESOLV_CONF
    except SourceError:
        return (), RESOLV_CONF


def _text(host: Host, path: str) -> str:
    """Return the text of a file of the host, nothing for one that is not there; raises SourceError."""
    try:
        return host.read(path).decode("utf-8", "replace")
    except SourceAbsent:
        return ""


def _hosts(host: Host, tunnels: tuple[Tunnel, ...]) -> tuple[dict[str, tuple[str, ...]], tuple[BlindSpot, ...]]:
    """Return what the hosts file says, and a gap if it could not be read: then name servers may not be who decides."""
    try:
        return of_hosts_file(_text(host, questions.HOSTS)), ()
    except SourceError as error:
        spot = BlindSpot(
            probe=PROBE,
            scope="host",
            source=questions.HOSTS,
            reason=error.reason,
            detail=error.detail,
            hides=tuple(sorted({tunnel.technology for tunnel in tunnels if questions.names_of((tunnel,))})),
            needs=error.needs,
        )
        return {}, (spot,)


def look_up(settings: LookupSettings, tunnels: tuple[Tunnel, ...], host: Host, ask: Ask | None = None) -> Lookups:
    """Return what name servers say of the far ends of `tunnels`, in the time that `settings` give.

    Names first, those that the hosts file settles of nobody; then the addresses seen, and those that the names have.
    `ask` stands in for the network.
    """
    servers, named_by = resolvers(settings, host)
    if ask is None:
        from auditor.lookups.resolver import Asker  # NOTE: nothing of the network loads unless it is wanted

        deadline_s = time.monotonic() + settings.time_limit_s
        ask = Asker(resolvers=servers, question_limit_s=settings.question_limit_s, deadline_s=deadline_s).ask_all
    names = questions.names_of(tunnels)
    written, unread = _hosts(host, tunnels)
    known = tuple(one for name in names if name in written for one in questions.by_file(name, written[name]))
    wanted = questions.for_names(name for name, is_own in names.items() if name not in written or not is_own)
    asked = (*known, *_ask(wanted, settings.questions_limit, ask))
    addresses = questions.addresses_of(Answers(Lookups(asked=asked)).tunnels(tunnels))
    more = [(question, None) for question in questions.for_addresses(addresses, settings)]
    asked += _ask(more, settings.questions_limit - len(asked) + len(known), ask)
    listed = tuple(map(str, servers))
    return Lookups(enabled=True, resolvers=listed, resolvers_from=named_by, asked=asked, unread=unread)


def _ask(wanted: Iterable[tuple[Question, Refusal | None]], limit: int, ask: Ask) -> tuple[Lookup, ...]:
    """Return a look-up for each question, in order; refused ones are not asked, none twice, nor any beyond `limit`."""
    listed = list(wanted)
    good = {(question.name, question.type): question for question, refused in listed if refused is None}
    replies = {(found.question.name, found.question.type): found for found in ask(list(good.values())[: max(limit, 0)])}
    return tuple(
        replace(replies[question.name, question.type], question=question)
        if refused is None and (question.name, question.type) in replies
        else _unasked(question, refused)
        for question, refused in listed
    )


def _unasked(question: Question, refused: Refusal | None) -> Lookup:
    """Return that `question` was not asked: because of what it is, or because there were too many."""
    outcome = Outcome.NOT_ASKED if refused else Outcome.TOO_MANY
    return Lookup(question=question, reply=Reply(outcome=outcome, refusal=refused))
