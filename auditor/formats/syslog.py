"""Syslog messages by RFC 5424, and where they go: the local socket, UDP (RFC 5426) or TCP (RFC 6587)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor import __version__

FACILITIES = {"daemon": 3, "auth": 4, "authpriv": 10, "security": 13} | {f"local{n}": 16 + n for n in range(8)}
_SEVERITIES = {"ok": 5, "warning": 4, "critical": 2, "unknown": 3}
MOST_BYTES = 2048
"""What every receiver should take (RFC 5424, 6.1); a longer text is cut at a character."""

_NAME_MOST = 48
_VALUE_MOST = 120
_BOM = b"\xef\xbb\xbf"
_TARGET = re.compile(r"(?P<how>udp|tcp)://(?P<host>\[[0-9A-Fa-f:.%a-z]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?")
_DEFAULT_PORT = {"udp": 514, "tcp": 601}


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go: `how` is unix, udp or tcp; `host` the socket's path for unix, with `port` 0."""

    how: str
    host: str
    port: int


def target(text: str) -> Target:
    """Return what a setting means: an absolute path, udp://HOST[:PORT] or tcp://HOST[:PORT]. Raises ValueError."""
    if text.startswith("/"):
        if len(text.encode()) > 100 or not text.isprintable():
            raise ValueError("not the path of a socket")
        return Target("unix", text, 0)
    match = _TARGET.fullmatch(text)
    if match is None:
        raise ValueError("neither a path nor udp://HOST:PORT or tcp://HOST:PORT")
    port = int(match["port"] or _DEFAULT_PORT[match["how"]])
    if not 0 < port < 65536:
        raise ValueError("not a port")
    return Target(match["how"], match["host"].strip("[]"), port)


def encode(told: dict[str, Any], at: datetime, facility: str, enterprise: int) -> bytes:
    """Return the notification `told` as one message of at most `MOST_BYTES`; `at` is aware and dates it.

    `enterprise` is the private enterprise number under which the structured data are named (RFC 5424, 7.2.2).
    """
    priority = FACILITIES[facility] * 8 + _SEVERITIES[told["status"]]
    head = (
        f"<{priority}>1 {at.isoformat(timespec='milliseconds')} {_name(told['gateway'], 255)} auditor - status "
        f"{_structured(told, enterprise)} "
    ).encode()
    lines = [told["subject"], *told["reasons"], *told["findings"]]
    return head + _BOM + _cut("; ".join(lines).encode("utf-8", "replace"), MOST_BYTES - len(head) - len(_BOM))


def _structured(told: dict[str, Any], enterprise: int) -> str:
    """Return the structured data: where the message is from, and what programs want to know of it."""
    values = {
        "gateway": told["gateway"],
        "status": told["status"],
        "previousStatus": told["previous_status"],
        "exitCode": told["exit_code"],
        "scan": told["scan"],
        "record": told["record"],
        "notInLine": told["counts"]["not_in_line"],
        "toReview": told["counts"]["to_review"],
        "blindSpots": told["counts"]["blind_spots"],
    }
    words = " ".join(f'{name}="{_value(value)}"' for name, value in values.items() if value is not None)
    return f'[origin software="auditor" swVersion="{_value(__version__)}"][auditor@{enterprise} {words}]'


def _value(value: object) -> str:
    """Return a value with what would end it escaped (RFC 5424, 6.3.3)."""
    text = str(value).encode("utf-8", "replace").decode()[:_VALUE_MOST]
    return "".join(f"\\{c}" if c in '"\\]' else c for c in text)


def _name(text: str, most: int) -> str:
    """Return a name of printable ASCII without spaces (RFC 5424, 6.2.4), - for none."""
    return "".join(c if "!" <= c <= "~" else "?" for c in text)[:most] or "-"


def _cut(data: bytes, most: int) -> bytes:
    """Return at most `most` bytes of UTF-8, no character halved."""
    return data if len(data) <= most else data[:most].decode("utf-8", "ignore").encode()
