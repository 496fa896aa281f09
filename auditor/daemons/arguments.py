"""Arguments of daemons, by the two customs there are: getopt_long(3), and the flags of Go programs.

Only the options that the caller names leave here; every other value may be a password and is passed over.
"""

from collections.abc import Iterable, Iterator

Option = tuple[str, str]
"""A name without its dashes, and its value: "" for a flag, and "" as name for an argument that is no option."""


def getopt(arguments: Iterable[str], short: str, long: frozenset[str], wanted: frozenset[str]) -> Iterator[Option]:
    """Yield the options of `wanted` ("" for plain arguments).

    `short` is the string for getopt(3) ("c:uv"), `long` the long names that take a value; they may be
    shortened as getopt_long(3) allows it.
    """
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            yield from (("", plain) for plain in rest if "" in wanted)
        elif argument.startswith("--"):
            name, equals, value = argument[2:].partition("=")
            full = next((known for known in sorted(long) if known.startswith(name)), name)
            full = name if name in long else full
            if full in long and not equals:
                value = next(rest, "")
            if full in wanted:
                yield full, value
        elif argument.startswith("-") and argument != "-":
            yield from _cluster(argument[1:], rest, short, wanted)
        elif "" in wanted:
            yield "", argument


def _cluster(letters: str, rest: Iterator[str], short: str, wanted: frozenset[str]) -> Iterator[Option]:
    """Yield what one argument of short options says; the last may take the next argument as its value."""
    for position, letter in enumerate(letters):
        at = short.find(letter)
        takes = letter != ":" and at >= 0 and short[at + 1 : at + 2] == ":"
        value = (letters[position + 1 :] or next(rest, "")) if takes else ""
        if letter in wanted:
            yield letter, value
        if takes:
            return


def flags(arguments: Iterable[str], wanted: frozenset[str]) -> Iterator[Option]:
    """Yield the flags of `wanted`, all of which take a value: `-name value`, `--name=value`, `-name=value`."""
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-"):
            continue
        name, equals, value = argument.lstrip("-").partition("=")
        if name in wanted:
            yield name, value if equals else next(rest, "")
