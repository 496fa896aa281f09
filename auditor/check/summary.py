"""The last scan in brief: written by a scan, read by a check; small whatever the host's size.

A file of lines ``name value``, and above them one with the SHA-256 of all that follows. It names the record of the
scan in the journal, so that a summary and a history that do not belong together are found out.
"""

from auditor.check.digest import sha256_hex

NAME = "last-scan"
FORM = "auditor-last-scan-1"
MAX_BYTES = 1 << 18
FINDINGS_AT_MOST = 50
TEXT_AT_MOST = 300


class Unfit(Exception):
    """A summary that cannot be relied on; says why."""


class Summary:
    """One summary: single values by name, and the lists `reasons` and `findings`, each worst first."""

    def __init__(self, values: dict[str, str], reasons: list[str], findings: list[str]) -> None:
        """Keep what was read or is to be written."""
        self.values = values
        self.reasons = reasons
        self.findings = findings

    def number(self, name: str) -> int:
        """Return the value `name` as a whole number; raises Unfit."""
        text = self.values.get(name, "")
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20):
            raise Unfit(f"the summary of the last scan has no number for {name}")
        return int(text)


def to_bytes(summary: Summary) -> bytes:
    """Return the file of `summary`; texts are made one line, without what a monitoring system would take as its own."""
    lines = [f"{name} {one_line(value)}" for name, value in summary.values.items()]
    lines += [f"reason {one_line(text)}" for text in summary.reasons]
    lines += [f"finding {one_line(text)}" for text in summary.findings[:FINDINGS_AT_MOST]]
    body = ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")
    return f"{FORM} {sha256_hex(body)}\n".encode() + body


def from_bytes(data: bytes) -> Summary:
    """Return the summary of a file; raises Unfit when it is damaged or of another form."""
    head, _, body = data.partition(b"\n")
    form, _, digest = head.partition(b" ")
    if form != FORM.encode():
        raise Unfit("the summary of the last scan has not the form of this version")
    if sha256_hex(body).encode() != digest:
        raise Unfit("the summary of the last scan was changed or cut short: its digest does not fit")
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {"reason": [], "finding": []}
    for line in body.decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(" ")
        if name in lists:
            lists[name].append(value)
        else:
            values[name] = value
    return Summary(values, lists["reason"], lists["finding"])


def one_line(text: str) -> str:
    """Return `text` for one line of a monitoring system: no control characters, no ``|``, not too long."""
    plain = "".join("/" if c == "|" else c if c.isprintable() else "?" for c in text)
    return plain if len(plain) <= TEXT_AT_MOST else plain[: TEXT_AT_MOST - 1] + "…"
