"""Tunnels in ifupdown's files (interfaces(5), also in words of ifupdown2 and ifupdown-ng), and in their `ip` commands.

Broadband and modems (method ppp) lead to pppd's peers, `openvpn NAME` to OpenVPN's files: those are read there.

Cannot see: what scripts do that are called from here; commands for another network namespace.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from auditor import technologies
from auditor.conffiles import ends
from auditor.conffiles.hostfiles import DEPTH_LIMIT, HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.formats.lines import Line
from auditor.model.rows import Configured, NamedEnd

_FILE = "/etc/network/interfaces"
_METHODS = ("tunnel", "v4tunnel", "6to4")
_COMMANDS = ("pre-up", "up", "post-up", "pre-up-run", "up-run")
_REMOTE = ("endpoint", "tunnel-endpoint", "tunnel-remote", "vxlan-remoteip", "vxlan-remote-ip", "vxlan-peer-ips")
_LOCAL = ("local", "tunnel-local", "vxlan-local-tunnelip", "vxlan-local-ip")
_MODE = ("mode", "tunnel-mode")
_KEPT = frozenset([*_REMOTE, *_LOCAL, *_MODE, "vxlan-id", "use"])
_WORDS = ("remote", "local", "dstport", "group", "mode", "type")  # of `ip link add` and `ip tunnel add`, with a value
# `mode` of ip-tunnel(8), in lower case; other words are kinds of ip-link(8).
_TUNNEL_MODES = {
    "isatap": "sit",
    "ip6ip6": "ip6tnl",
    "ipip6": "ip6tnl",
    "ip4ip6": "ip6tnl",
    "any": "ip6tnl",
    "gre6": "ip6gre",
}
_TRANSPORTS = {"gretap": "gre", "ip6gre": "gre", "ip6gretap": "gre", "erspan": "gre", "vti": "esp", "xfrm": "esp"}
_UDP = {"vxlan": 4789, "geneve": 6081, "wireguard": None, "bareudp": None}
_NONE = frozenset(["any", "0.0.0.0", "::"])


@dataclass(slots=True)
class _Stanza:
    """One `iface`: where it is, its method, the kept options, and the words of tunnel commands."""

    name: str
    method: str
    source: str
    number: int
    options: dict[str, str] = field(default_factory=dict)
    commands: list[tuple[int, dict[str, str]]] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    """Reads interfaces(5) with the files that it includes."""

    files: HostFiles
    stanzas: list[_Stanza] = field(default_factory=list)
    auto: set[str] = field(default_factory=set)

    def read(self, path: str, depth: int = 0) -> None:
        """Take in `path`."""
        current: _Stanza | None = None
        for number, line in _joined(self.files, path, depth):
            first, *rest = line.split()
            if first == "iface":
                current = self._iface(path, number, rest)
            elif first == "auto" or first.startswith("allow-"):
                current = None
                self.auto |= set(rest)
            elif first in ("source", "source-directory"):
                current = None
                self._include(path, number, first, rest, depth)
            elif first in ("mapping", "no-auto-down", "no-scripts", "template", "rename"):
                current = None
            elif current and first in _COMMANDS:
                if words := _command(line.partition(first)[2], current.name):
                    current.commands.append((number, words))
            elif current and first in _KEPT and rest:
                current.options[first] = (
                    " ".join(rest) if first != "use" else f"{current.options.get('use', '')} {rest[0]}"
                )

    def _iface(self, path: str, number: int, rest: list[str]) -> _Stanza | None:
        """Open the stanza of one `iface` line; without a name it is a gap."""
        if not rest:
            self.files.problem(path, number, "iface without a name")
            return None
        stanza = _Stanza(rest[0], rest[2] if len(rest) > 2 else "", path, number)
        self.stanzas.append(stanza)
        return stanza

    def _include(self, path: str, number: int, word: str, rest: list[str], depth: int) -> None:
        """Take in what `source` or `source-directory` names; relative ones start where `path` is."""
        if not rest or depth >= DEPTH_LIMIT:
            self.files.problem(path, number, "an include without a name, or too deep")
            return
        for pattern in rest:
            whole = pattern if pattern.startswith("/") else f"{path.rpartition('/')[0]}/{pattern}"
            for one in self.files.expand(whole):
                for file in self._inside(one) if word == "source-directory" else [one]:
                    self.read(file, depth + 1)

    def _inside(self, directory: str) -> list[str]:
        """Return the files of a `source-directory`: names of letters, digits, dashes and underscores only."""
        return [
            f"{directory}/{n}" for n in self.files.names(directory) if n.replace("-", "").replace("_", "").isalnum()
        ]


def _joined(files: HostFiles, path: str, depth: int) -> Iterator[Line]:
    """Yield the lines that say something, those that a backslash continues in one."""
    first, whole = 0, ""
    for number, line in files.lines(path, depth):
        if not whole and line.lstrip().startswith("#"):
            continue
        first = first or number
        whole += line.removesuffix("\\")
        if line.endswith("\\") and len(whole) < 1 << 16:
            continue
        if whole.strip():
            yield first, whole
        first, whole = 0, ""
    if whole.strip():
        yield first, whole


def _command(command: str, name: str) -> dict[str, str] | None:
    """Return the words of a command that makes a tunnel device (`name`, `type`, `remote`, ...), None for any other."""
    command = command.replace("${IFACE}", name).replace("$IFACE", name).partition("||")[0]
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    if not words or words[0].rpartition("/")[2] != "ip":
        return None
    words = [word for word in words[1:] if not word.startswith("-")]
    if len(words) < 3 or words[0] not in ("link", "l", "tunnel", "tunn", "tun") or words[1] not in ("add", "a"):
        return None
    found = {"object": words[0], "name": words[3 if words[2] in ("name", "dev") and len(words) > 3 else 2]}
    for key, value in pairwise(words[2:]):
        if key in _WORDS:
            found.setdefault(key, value)
    return found


def _technology(mode: str) -> str | None:
    """Return the technology of a tunnel's mode or a device's kind, None if that is no tunnel."""
    known = technologies.load().by_kind.get(_TUNNEL_MODES.get(mode.lower(), mode.lower()))
    return known.id if known else None


def _row(
    files: HostFiles, stanza: _Stanza, number: int, device: str, said: dict[str, str], *, auto: bool
) -> Configured | None:
    """Return the tunnel on `device` that `said` (mode, remote, local, dstport) describes, None if it is none."""
    technology = _technology(said.get("mode") or said.get("type") or "")
    if technology is None:
        return None
    transport = "udp" if technology in _UDP else _TRANSPORTS.get(technology, technology)
    port = ends.port(said.get("dstport")) or _UDP.get(technology)
    written = [one for one in ends.listed(said.get("remote") or said.get("group")) if one.lower() not in _NONE]
    remotes = [NamedEnd(host, port, transport) for one in written if (host := ends.host(one))]
    if len(remotes) < len(written):
        files.problem(stanza.source, number, "a far end that has not the form of a host")
    return Configured(
        technology=technology,
        manager="ifupdown",
        name=stanza.name,
        source=stanza.source,
        device=ends.device(device),
        role="p2p",
        local=ends.address(said.get("local")),
        remotes=tuple(dict.fromkeys(remotes)),
        autostart=auto,
    )


def _of_options(stanza: _Stanza) -> dict[str, str]:
    """Return mode, remote and local as the options of `stanza` say them; without a mode it is no tunnel."""
    options = stanza.options
    said = {
        "mode": next((options[key] for key in _MODE if key in options), ""),
        "remote": next((options[key] for key in _REMOTE if key in options), ""),
        "local": next((options[key] for key in _LOCAL if key in options), ""),
    }
    uses = options.get("use", "").split()
    if "vxlan-id" in options or "vxlan" in uses:
        said["mode"] = "vxlan"
    elif "wireguard" in uses:
        said["mode"] = "wireguard"
    elif stanza.method in ("v4tunnel", "6to4"):
        said["mode"] = "sit"
    elif stanza.method != "tunnel" and "tunnel-mode" not in options:
        said["mode"] = ""
    return said


def rows(files: HostFiles) -> Iterator[Configured]:
    """Yield every tunnel that the files describe."""
    reader = _Reader(files)
    reader.read(_FILE)
    for stanza in reader.stanzas:
        auto = stanza.name in reader.auto
        if row := _row(files, stanza, stanza.number, stanza.name, _of_options(stanza), auto=auto):
            yield row
        elif stanza.method in _METHODS:
            files.problem(stanza.source, stanza.number, "a tunnel of unknown mode")
        for number, words in stanza.commands:
            said = words if words["object"].startswith("l") else {"mode": "ipip"} | words
            if row := _row(files, stanza, number, words["name"], said, auto=auto):
                yield row


PROBE = conf_probe(
    name="ifupdown_conf",
    summary="Tunnels that ifupdown is configured for, whether they are up or not",
    reads=(_FILE, "files that it includes"),
    covers=(
        "gre",
        "gretap",
        "ip6gre",
        "ipip",
        "sit",
        "ip6tnl",
        "vti",
        "vxlan",
        "geneve",
        "wireguard",
        "xfrm",
        "macsec",
    ),
    rows=rows,
)
