"""Arguments of daemons, by the two customs there are: getopt_long(3), and the flags of Go programs.

Only the options that the caller names leave here; every other value may be a password and is passed over.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple


class Option(NamedTuple):
    """A name without its dashes, and its value: "" for a flag, and "" as name for an argument that is no option."""

    name: str
    value: str = ""


def getopt(
    arguments: Iterable[str], short: str, long: Collection[str], wanted: Collection[str], *, shortened: bool = False
) -> Iterator[Option]:
    """Yield the options of `wanted` ("" for plain arguments).

    `short` is the string for getopt(3): "c:uvS::" says that -c takes a value and -S one that adheres to it. `long`
    are the long names that take a value; those may be `shortened` as getopt_long(3) allows it, where the program
    has no flag that a shortened one could be taken for.
    """
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            yield from (Option("", plain) for plain in rest if "" in wanted)
        elif argument.startswith("--"):
            name, equals, value = argument[2:].partition("=")
            if shortened and name not in long:
                name = next((known for known in sorted(long) if known.startswith(name)), name)
            if name in long and not equals:
                value = next(rest, "")
            if name in wanted:
                yield Option(name, value)
        elif argument.startswith("-") and argument != "-":
            yield from _cluster(argument[1:], rest, short, wanted)
        elif "" in wanted:
            yield Option("", argument)


def _cluster(letters: str, rest: Iterator[str], short: str, wanted: Collection[str]) -> Iterator[Option]:
    """Yield what one argument of short options says; the last may take the next argument as its value."""
    for position, letter in enumerate(letters):
        at = short.find(letter)
        colons = 0 if at < 0 or letter == ":" else len(short[at + 1 : at + 3]) - len(short[at + 1 : at + 3].lstrip(":"))
        adhering = letters[position + 1 :] if colons else ""
        value = next(rest, "") if colons == 1 and not adhering else adhering
        if letter in wanted:
            yield Option(letter, value)
        if colons == 1 or adhering:
            return


def flags(arguments: Iterable[str], wanted: Collection[str]) -> Iterator[Option]:
    """Yield the flags of `wanted`, all of which take a value: `-name value`, `--name=value`, `-name=value`."""
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-"):
            continue
        name, equals, value = argument.lstrip("-").partition("=")
        if name in wanted:
            yield Option(name, value if equals else next(rest, ""))
