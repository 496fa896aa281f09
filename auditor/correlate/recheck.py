"""Commands by which a third party sees again what a witness saw; safe to paste into a root shell.

Device names are chosen by whoever made the device: ``$(reboot)`` is a valid one. So every word is
quoted, and a command for another namespace enters it first.
"""

import shlex
from dataclasses import replace
from functools import lru_cache

from auditor.model.rows import Link
from auditor.model.tunnel import Tunnel

_quoted = lru_cache(maxsize=4096)(shlex.quote)  # nearly all words are the same from one tunnel to the next
_EVERYWHERE = ("grep ", "swanctl ", "cat ")  # look at the whole host, or ask a daemon


def command(*words: str) -> str:
    """Return the command that `words` are, each quoted for a shell."""
    return " ".join(map(_quoted, words))


def device(link: Link) -> str:
    """Return the command that shows `link` with its kind and outer header."""
    return command("ip", "-d", "link", "show", "dev", link.name)


def holders(pid: int) -> str:
    """Return the command that shows which TUN/TAP devices process `pid` holds."""
    return f"grep -H iff: /proc/{pid}/fdinfo/*"


def from_outside(tunnel: Tunnel) -> Tunnel:
    """Return `tunnel` with commands that work from the host's own namespace."""
    if tunnel.scope.name is None:
        return tunnel
    enter = command("nsenter", f"--net={tunnel.scope.door}") + " "
    return replace(
        tunnel,
        witnesses=tuple(
            witness
            if witness.recheck is None or witness.recheck.startswith(_EVERYWHERE)
            else replace(witness, recheck=enter + witness.recheck)
            for witness in tunnel.witnesses
        ),
    )
