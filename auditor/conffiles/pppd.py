"""pppd's option files (pppd(8)) and the commands that they run PPP over; pure.

Names of users and passwords stand in the same lines: only what `Options` has leaves here.
"""

import shlex
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from auditor.conffiles import ends
from auditor.formats.lines import Line
from auditor.formats.pppd import PLUGINS, options, plugin, words

# Flags of pptp(8) and sstpc(8) without a value: a host may follow one. After any other option stands its value.
_FLAGS = frozenset(
    ["--nolaunchpppd", "--sync", "--nobuffer", "--nohostroute", "--debug", "--cert-warn", "--log-stderr"]
    + ["--log-stdout", "--log-syslog", "--nolaunch", "--save-server-route", "--tls-ext"]
)
_BEFORE = ("sudo", "exec", "setsid", "env", "nice")
CARRIERS = {
    "pptp": "pptp",
    "sstpc": "sstp",
    "ssh": "ssh",
    "openfortivpn": "fortinet",
    "openconnect": "openconnect",
    "stunnel": "stunnel",
    "stunnel4": "stunnel",
}
_BROADBAND = ("pppoe", "rp-pppoe", "pppoatm")
_WANTED = ("pty", "plugin", "pptp_server", "ifname", "unit")


class Options(NamedTuple):
    """What a file of options says: the technology under PPP (None: a serial line or broadband), far end, device."""

    technology: str | None
    host: str | None
    device: str | None


def parse(lines: Iterable[Line]) -> Options:
    """Return what the lines say; raises ParseError for an open quote."""
    technology, host, device, server = None, None, None, None
    broadband = False
    written = ((number, f"{line}\n".encode()) for number, line in lines)
    for name, value in options(words(written), _WANTED):
        if name == "pty":
            technology, host = _command(value)
            broadband |= technology is None
        elif name == "plugin":
            broadband |= plugin(value) in _BROADBAND
            technology = technology or PLUGINS.get(plugin(value))
        elif name == "pptp_server":
            server = ends.host(value)
        elif name == "ifname":
            device = ends.device(value)
        else:
            device = device or (f"ppp{value}" if value.isdecimal() and len(value) < 5 else None)
    return Options(None if broadband else technology, host or server, device)


def _command(command: str) -> tuple[str | None, str | None]:
    """Return what the program of `command` carries PPP over, "ppp" if it is not known, and the host that it is given.

    None for broadband.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return "ppp", None
    while words and (words[0].rpartition("/")[2] in _BEFORE or "=" in words[0]):
        words = words[1:]
    program = words[0].rpartition("/")[2] if words else ""
    if program in _BROADBAND:
        return None, None
    technology = CARRIERS.get(program, "ppp")
    return technology, _host(words) if technology in ("pptp", "sstp") else None


def _host(words: list[str]) -> str | None:
    """Return the first word that is certainly no option and no option's value, if it has the form of a host."""
    for before, word in pairwise(words):
        if not word.startswith("-") and (not before.startswith("-") or before in _FLAGS or before == words[0]):
            return ends.host(word)
    return None
