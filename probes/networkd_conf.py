"""Tunnels in systemd-networkd's .netdev files (systemd.netdev(5)) with drop-ins; one in /etc hides its namesakes.

Cannot see: whether networkd runs; keys, which stay in the file; L2TP sessions that have no device of their own.
"""

from collections.abc import Iterator

from auditor.conffiles import ends
from auditor.conffiles.hostfiles import HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.formats import ini
from auditor.model.rows import Configured, NamedEnd

_PLACES = tuple(f"{top}/systemd/network" for top in ("/etc", "/run", "/usr/local/lib", "/usr/lib"))
_WANTED = frozenset(
    ["name", "kind", "local", "remote", "group", "listenport", "publickey", "endpoint", "allowedips"]
    + ["destinationport", "udpdestinationport", "foooverudp", "foudestinationport"]
)
# Kind= of systemd.netdev(5): technology and outer transport.
_KINDS = {
    "wireguard": ("wireguard", "udp"),
    "gre": ("gre", "gre"),
    "gretap": ("gretap", "gre"),
    "ip6gre": ("ip6gre", "gre"),
    "ip6gretap": ("ip6gretap", "gre"),
    "erspan": ("erspan", "gre"),
    "ipip": ("ipip", "ipip"),
    "sit": ("sit", "sit"),
    "vti": ("vti", "esp"),
    "vti6": ("vti", "esp"),
    "ip6tnl": ("ip6tnl", "ipip"),
    "vxlan": ("vxlan", "udp"),
    "geneve": ("geneve", "udp"),
    "bareudp": ("bareudp", "udp"),
    "xfrm": ("xfrm", "esp"),
    "l2tp": ("l2tp", "udp"),
    "macsec": ("macsec", None),
}
_PORTS = {"vxlan": 4789, "geneve": 6081}


def parse(files: HostFiles, path: str, dropins: list[str]) -> Configured | None:
    """Return the tunnel that `path` with its `dropins` describes, None if it is another kind of device."""
    sections = [
        section for one in (path, *dropins) for section in ini.sections(files.lines(one), _WANTED, files.problems(one))
    ]
    netdev = [section for section in sections if section.name == "NetDev"]
    kind = next((value for section in reversed(netdev) if (value := section.one("kind"))), "").lower()
    technology, transport = _KINDS.get(kind, (None, None))
    if technology is None:
        return None
    name = next((value for section in reversed(netdev) if (value := section.one("name"))), "")
    rest = [section for section in sections if section.name not in ("NetDev", "WireGuardPeer")]
    port = _first(rest, "destinationport", "udpdestinationport")
    if (_first(rest, "foooverudp") or "no").lower() in ("yes", "true", "1", "on"):
        transport, port = "udp", _first(rest, "foudestinationport")
    remotes = list(_remotes(files, path, rest, transport, ends.port(port) or _PORTS.get(technology)))
    keys = []
    prefixes: list[str] = []
    for section in sections:
        if section.name == "WireGuardPeer":
            key, end = _peer(files, path, section)
            keys += [key] if key else []
            remotes += [end] if end else []
            prefixes += ends.listed(",".join(section.every("allowedips")))
    return Configured(
        technology=technology,
        manager="networkd",
        name=name,
        source=path,
        device=ends.device(name) if technology != "l2tp" else None,  # its sessions have devices of other names
        role="p2p",
        local=ends.address(_first(rest, "local")),
        local_port=ends.port(_first(rest, "listenport")),
        remotes=tuple(dict.fromkeys(remotes)),
        public_keys=tuple(keys),
        prefixes=ends.prefixes(prefixes),
        autostart=True,
    )


def _first(sections: list[ini.Section], *keys: str) -> str | None:
    """Return the last value that any of `sections` has for one of `keys`."""
    return next((value for section in reversed(sections) for key in keys if (value := section.one(key))), None)


def _remotes(
    files: HostFiles, path: str, sections: list[ini.Section], transport: str | None, port: int | None
) -> Iterator[NamedEnd]:
    """Yield the far end that [Tunnel], [VXLAN] and their like name; "any" is none."""
    for section in sections:
        written = section.one("remote") or section.one("group")
        if written and written.lower() != "any":
            found = ends.address(written)
            if found:
                yield NamedEnd(found, port, transport)
            else:
                files.problem(path, section.number, "a remote end that is no address")


def _peer(files: HostFiles, path: str, section: ini.Section) -> tuple[str | None, NamedEnd | None]:
    """Return the public key and the far end of one [WireGuardPeer]."""
    key, written = ends.public_key(section.one("publickey")), section.one("endpoint")
    end = ends.socket(written, "udp")
    if (written and end is None) or key is None:
        files.problem(path, section.number, "a peer whose key or endpoint has not the form of one")
    return key, end._replace(peer=key) if end else None


def rows(files: HostFiles) -> Iterator[Configured]:
    """Yield one row for each tunnel; of files of one name only the first place counts, drop-ins of all do."""
    first: dict[str, str] = {}
    dropins: dict[str, dict[str, str]] = {}
    for place in _PLACES:
        for name in files.names(place):
            if name.endswith(".netdev"):
                first.setdefault(name, f"{place}/{name}")
            elif name.endswith(".netdev.d"):
                for path in files.found(f"{place}/{name}", ".conf"):
                    dropins.setdefault(name.removesuffix(".d"), {}).setdefault(path.rpartition("/")[2], path)
    for name, path in sorted(first.items()):
        if files.is_masked(path):
            continue
        added = [one for _, one in sorted(dropins.get(name, {}).items())]
        if row := parse(files, path, added):
            yield row


PROBE = conf_probe(
    name="networkd_conf",
    summary="Tunnels that systemd-networkd is configured for, whether they are up or not",
    reads=tuple(f"{place}/*.netdev" for place in _PLACES),
    covers=tuple(sorted({technology for technology, _ in _KINDS.values()})),
    rows=rows,
)
