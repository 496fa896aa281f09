"""Command lines as getopt(3) reads them, and ends of connections as options name them; pure."""

from collections.abc import Collection, Generator, Iterable, Iterator
from typing import NamedTuple

from auditor.errors import ParseError
from auditor.model.rows import NamedEnd

_HOST_CHARACTERS = 253  # RFC 1035: what a name can have


class Option(NamedTuple):
    """One option without its dashes and its value, "" for none; an argument that is none has the name ""."""

    name: str
    value: str = ""


def parse_options(
    arguments: Iterable[str], letters: str, names: Collection[str] = (), *, attached: str = ""
) -> Iterator[Option]:
    """Yield the options of `arguments`; `letters` and `names` take a value, `attached` only one that adheres."""
    waiting: str | None = None
    plain = False
    for argument in arguments:
        if waiting is not None:
            yield Option(waiting, argument)
            waiting = None
        elif plain or argument == "-" or not argument.startswith("-"):
            yield Option("", argument)
        elif argument == "--":
            plain = True
        elif argument.startswith("--"):
            name, given, value = argument[2:].partition("=")
            if given or name not in names:
                yield Option(name, value)
            else:
                waiting = name
        else:
            waiting = yield from _letters(argument[1:], letters, attached)


def _letters(cluster: str, valued: str, attached: str) -> Generator[Option, None, str | None]:
    """Yield the options of one cluster such as "-fv" or "-dn2n0"; return the one that wants the next argument."""
    for place, letter in enumerate(cluster):
        rest = cluster[place + 1 :]
        if rest and (letter in valued or letter in attached):
            yield Option(letter, rest)
            return None
        if letter not in valued:
            yield Option(letter)
        else:
            return letter
    return None


def port_of(value: str) -> int:
    """Return `value` as a port; raises ParseError for anything else."""
    if value.isascii() and value.isdigit() and len(value) <= 5 and 0 < int(value) < 65536:
        return int(value)
    raise ParseError("a port is not a number from 1 to 65535")


def end_of(value: str, *, port: int | None, transport: str | None) -> NamedEnd:
    """Return "HOST", "HOST:PORT" or "[IPv6]:PORT" as an end, with `port` where it names none; raises ParseError."""
    host, bracket, rest = value[1:].partition("]") if value.startswith("[") else (value, "", "")
    if not bracket:
        host, colon, rest = value.rpartition(":") if value.count(":") == 1 else (value, "", "")
        rest = colon + rest
    if not host or len(host) > _HOST_CHARACTERS or any(character.isspace() for character in host):
        raise ParseError("no host name or address where one belongs")
    if rest and not rest.startswith(":"):
        raise ParseError("an address in brackets is followed by something else than a port")
    return NamedEnd(host, port_of(rest[1:]) if rest else port, transport)
