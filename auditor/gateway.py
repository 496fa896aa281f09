"""The host itself, as far as a report names it: host name, kernel, architecture, privileges."""

from auditor.errors import SourceError
from auditor.host import Host
from auditor.model.scan import Gateway
from auditor.model.sightings import Scope

# linux/capability.h: the ones that open something to a probe, by bit.
_CAPABILITIES = {
    1: "CAP_DAC_OVERRIDE",
    2: "CAP_DAC_READ_SEARCH",
    12: "CAP_NET_ADMIN",
    13: "CAP_NET_RAW",
    19: "CAP_SYS_PTRACE",
    21: "CAP_SYS_ADMIN",
}


def describe(host: Host, scopes: tuple[Scope, ...]) -> Gateway:
    """Return what identifies the gateway, by the host's own name."""
    return Gateway(
        hostname=_word(host, "/proc/sys/kernel/hostname") or "unknown",
        kernel=_word(host, "/proc/sys/kernel/osrelease") or "unknown",
        machine=_word(host, "/proc/sys/kernel/arch") or "unknown",
        privileges=privileges(host),
        scopes=scopes,
    )


def privileges(host: Host) -> tuple[str, ...]:
    """Return the effective capabilities of this process that matter to probes (proc(5), CapEff)."""
    try:
        status = host.read("/proc/self/status").decode("ascii", "replace")
    except SourceError:
        return ()
    line = next((line for line in status.splitlines() if line.startswith("CapEff:")), "CapEff: 0")
    bits = int(line.split()[1], 16)
    return tuple(name for bit, name in _CAPABILITIES.items() if bits >> bit & 1)


def _word(host: Host, path: str) -> str | None:
    """Return the one word in `path`, None if it cannot be read."""
    try:
        return host.read(path, limit_bytes=4096).decode("utf-8", "backslashreplace").strip() or None
    except SourceError:
        return None
