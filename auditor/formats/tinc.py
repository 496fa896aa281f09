"""tinc's files (tinc.conf(5)): "Variable = value" or "Variable value"; keys between lines of dashes are passed over.

Files of hosts hold their keys, tinc.conf can hold a private key and a proxy's password: of every variable but the
wanted ones the value goes with its line.
"""

from collections.abc import Collection, Iterable, Iterator

from auditor.formats.lines import Line

PORT = 655


def variable(line: str) -> tuple[str, str]:
    """Return the name, in lower case, and the value of the variable in `line`, "" for what is not there."""
    said = line.strip()
    name = said.replace("=", " ", 1).partition(" ")[0].partition("\t")[0]
    return name.lower(), said[len(name) :].lstrip(" \t").removeprefix("=").lstrip(" \t")


def variables(lines: Iterable[Line], wanted: Collection[str]) -> Iterator[tuple[int, str, str]]:
    """Yield line, name and value of each `wanted` variable, and an empty value for any that has none."""
    is_key = False
    for number, line in lines:
        said = line.strip()
        if said.startswith("-----"):
            is_key = said.startswith("-----BEGIN")
        elif said and not is_key and not said.startswith("#"):
            name, value = variable(said)
            if name in wanted or not value:
                yield number, name, value
