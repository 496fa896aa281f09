"""docs/technologies.md, made of the technology table and the probes: `python -m auditor.cli.handbook` prints it."""

from collections.abc import Iterable, Iterator

from auditor import technologies
from auditor.cli.technology import probes_of, remarks
from auditor.guidance.texts import fact_value, label
from auditor.technologies import Signature, Table, Technology
from probes import PROBES

_HEAD = """\
# Technologies

<!-- Made by `make technologies` of auditor/data/technologies/*.toml and the probes. Do not edit. -->

What the audit calls a tunnel, a VPN or a proxy, and by what. `auditor explain NAME` says it in English and Chinese.

## How something is recognised

- **A device** is what the kernel states as its kind. Its name never decides, neither for nor against.
- **A TUN or TAP device** is what the program that holds it is. A program is known, surest first, by the full path of
  its executable or the Debian package that this path is of, by the name of the executable elsewhere, by its systemd
  unit. What a program calls itself (`comm`) and what it was started with decide nothing. A removed or replaced
  executable counts by the path it had.
- **A generic name** (`edge`, `charon`, `vpnclient` ...) says nothing elsewhere: such a program counts only at its path,
  in its package or in its unit.
- **A usual port** raises the certainty of what a name or unit says. It names nothing.
- **A device of an unknown owner** is reported as `tun` or `tap` with the owner's path, that of an interpreter too. It
  is a tunnel until somebody says what it is.
- **A device that several programs hold** is that of the best known one; the others are named in the report.

**Verified** tells what stands behind a row: *lab*, the real thing runs in the tests and is found there; *bytes*, the
tests decode what a kernel answered; *unverified*, documentation or packaging notes only.
"""


def handbook() -> str:
    """Return the whole document."""
    table = technologies.load()
    entries = tuple(table.by_id.values())
    parts = [_HEAD, _overview(entries), "## One by one\n", *map(_entry, entries), *_probes(), *_devices(table)]
    return "\n".join(parts)


def _overview(entries: Iterable[Technology]) -> str:
    """Return one row for each technology."""
    rows = ["| name | | 中文 | by | verified |", "|---|---|---|---|---|"]
    rows += (
        f"| [`{entry.id}`](#{entry.id}) | {entry.name.en} | {entry.name.zh} "
        f"| {', '.join(_evidence(entry))} | {entry.verified} |"
        for entry in entries
    )
    return "## Overview\n\n" + "\n".join(rows) + "\n"


_OF_ALL = ("processes", "sockets", "links", "instances")


def _evidence(entry: Technology) -> Iterator[str]:
    """Yield by what a technology is recognised: the table's own keys, and the probes that look for it alone."""
    for name, given in (("device kind", entry.kinds), ("route", entry.encapsulations), ("program", entry.signatures)):
        if given:
            yield name
    if not (entry.kinds or entry.encapsulations or entry.signatures):
        yield "device"
    yield from (f"`{probe.name}`" for probe in probes_of(entry) if probe.name not in _OF_ALL)


def _entry(entry: Technology) -> str:
    """Return the section of one technology."""
    lines = [f"### {entry.id}", "", f"{entry.name.en}, {entry.name.zh}", ""]
    lines.append(f"- Method of the guidance: {fact_value('realisation', entry.realisation.value).en}")
    stated = [(name, getattr(entry, name)) for name in ("kinds", "fallbacks", "encapsulations", "ports")]
    lines += [f"- {label('explain', name).en}: {_code(values)}" for name, values in stated if values]
    lines += [line for one in entry.signatures for line in _signature(one)]
    lines.append(f"- Read by: {_code(probe.name for probe in probes_of(entry))}")
    if entry.unseen is not None:
        lines.append(f"- Cannot be seen: {entry.unseen.en}")
    lines.append(f"- Verified: {label('verified', entry.verified).en}")
    return "\n".join(lines) + "\n"


def _signature(one: Signature) -> Iterator[str]:
    """Yield the lines on programs: names and certainty first, what else holds below."""
    yield f"- Programs, certainty {one.certainty.value}: {_code(one.executables)}"
    for name in remarks(one):
        yield f"  - {label('signature', name).en}"
    for name, values in (("units", one.units), ("Debian packages", one.packages)):
        if values:
            yield f"  - {name}: {_code(values)}"
    yield f"  - known from: {one.source}"


def _probes() -> Iterator[str]:
    """Yield the section on what is read with which privileges."""
    yield "## What is read, and with what privilege\n"
    yield "The names stand under *Read by* above. `auditor probes` tells whether each can look on this host.\n"
    yield "| probe | what it tells | needs | reads |\n|---|---|---|---|"
    for probe in PROBES:
        needs = ", ".join(probe.needs) or "nothing special"
        yield f"| `{probe.name}` | {probe.summary} | {needs} | {_code(probe.reads)} |"
    yield ""


def _code(values: Iterable[str]) -> str:
    """Return names as they are written, as a list."""
    return ", ".join(f"`{value}`" for value in values)


def _devices(table: Table) -> Iterator[str]:
    """Yield the section on devices that are none."""
    yield "## Devices that are no tunnel\n"
    yield "| kind | why |\n|---|---|"
    yield from (f"| `{kind}` | {why.en} |" for kind, why in sorted(table.devices.items()))
    yield "\nA TAP device is none if every program that can hold it is one of these, at its path and of this host:\n"
    yield from (f"- `{pattern}`" for pattern, _ in table.plumbing)
    yield "\nA device of any other kind is a blind spot of the report: it may be a tunnel."


if __name__ == "__main__":
    print(handbook())
