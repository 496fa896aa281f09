"""ZeroTier's networks, by the names of the files in networks.d (service/README.md of ZeroTierOne); pure.

A network's number is the name of its file; which TAP is its own says `devicemap`, else the name that
osdep/LinuxEthernetTap.cpp makes of the number. Files with keys, tokens and other members are not opened.
Made after its source, not seen on a real one.

Cannot see: the members of a network and the roots, which only the daemon tells, to who shows it its token.
"""

import re
from base64 import b32encode
from collections.abc import Iterable, Iterator

from auditor.daemons.files import ProcessFiles
from auditor.errors import SourceAbsent
from auditor.model.rows import DaemonInstance, Process
from auditor.netlink.wire import text

_HOME = "/var/lib/zerotier-one"
_NETWORK = re.compile(r"([0-9a-f]{16})\.conf$")
_MAPPED = re.compile(rb"([0-9a-f]{16})=([^\s=]{1,15})\s*$")


def device_of(network: str) -> str:
    """Return the name of the device that a network gets unless something else has that name."""
    number = int(network, 16)
    short = (number ^ (number >> 24)) & ((1 << 40) - 1)
    return "zt" + b32encode(short.to_bytes(5, "big")).decode("ascii").lower()


def parse_devices(lines: Iterable[bytes]) -> dict[str, str]:
    """Return the device of each network that `devicemap` gives one."""
    found = (_MAPPED.match(line) for line in lines)
    return {match[1].decode("ascii"): text(match[2]) for match in found if match}


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield a row for each network that the process has joined; raises SourceError."""
    home = next((word for word in files.arguments() if word and not word.startswith("-")), _HOME)
    try:
        mapped = parse_devices(files.lines(f"{home}/devicemap"))
    except SourceAbsent:
        mapped = {}
    for name in files.names(f"{home}/networks.d"):
        match = _NETWORK.match(name)
        if not match:
            continue
        device = mapped.get(match[1], device_of(match[1]))
        yield DaemonInstance(
            pid=process.pid,
            technology="zerotier",
            role="p2p",
            local=None,
            local_port=None,
            remotes=(),
            device=device if device in process.tun_devices else None,
            clients=None,
            source=f"{home}/networks.d/{name}",
        )
