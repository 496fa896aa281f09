"""Tunnels in netplan's YAML (netplan-yaml(5)): `tunnels:`; of files of one name a place of /run hides /etc hides /lib.

Cannot see: keys, which are dropped with their line; YAML beyond what netplan's own examples use, which is a gap.
"""

from collections.abc import Iterator

from auditor.conffiles import ends
from auditor.conffiles.hostfiles import HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.errors import ParseError
from auditor.formats import yaml
from auditor.model.rows import Configured, NamedEnd

_PLACES = ("/run/netplan", "/etc/netplan", "/lib/netplan")
_WANTED = frozenset(["mode", "local", "remote", "port", "endpoint", "allowed-ips", "public", "activation-mode"])
# `mode` of netplan-yaml(5): technology and outer transport.
_MODES: dict[str, tuple[str, str]] = {
    "wireguard": ("wireguard", "udp"),
    "gre": ("gre", "gre"),
    "gretap": ("gretap", "gre"),
    "ip6gre": ("ip6gre", "gre"),
    "ip6gretap": ("ip6gretap", "gre"),
    "ipip": ("ipip", "ipip"),
    "ipip6": ("ip6tnl", "ipip"),
    "ip6ip6": ("ip6tnl", "ipip"),
    "sit": ("sit", "sit"),
    "isatap": ("sit", "sit"),
    "vti": ("vti", "esp"),
    "vti6": ("vti", "esp"),
    "vxlan": ("vxlan", "udp"),
}


def tunnels(files: HostFiles, path: str) -> dict[str, tuple[str, dict[str, yaml.Node]]]:
    """Return (path, settings) of each tunnel in `path` by its name; a file that cannot be read is a gap."""
    try:
        document = yaml.parse(files.lines(path), _WANTED)
    except ParseError as error:
        files.gap(path, error)
        return {}
    network = document.get("network") if isinstance(document, dict) else None
    found = network.get("tunnels") if isinstance(network, dict) else None
    return (
        {name: (path, one) for name, one in (found or {}).items() if isinstance(one, dict)}
        if isinstance(found, dict)
        else {}
    )


def configured(files: HostFiles, name: str, path: str, tunnel: dict[str, yaml.Node]) -> Configured | None:
    """Return the tunnel `name`; a mode that is not known is a gap, as a far end without the form of one."""
    technology, transport = _MODES.get(_text(tunnel, "mode") or "", (None, None))
    if technology is None:
        files.gap(path, ParseError("a tunnel of unknown mode"))
        return None
    keys: list[str] = []
    remotes: list[NamedEnd] = []
    prefixes: list[str] = []
    port = ends.port(_text(tunnel, "port"))
    if written := _text(tunnel, "remote"):
        host = ends.host(written)
        remotes += [NamedEnd(host, (port or 4789) if technology == "vxlan" else None, transport)] if host else []
    peers = tunnel.get("peers")
    for peer in peers if isinstance(peers, list) else ():
        if not isinstance(peer, dict):
            continue
        public = peer.get("keys")
        key = ends.public_key(_text(public, "public")) if isinstance(public, dict) else None
        end = ends.socket(_text(peer, "endpoint"), "udp")
        if key is None or (end is None and _text(peer, "endpoint")):
            files.gap(path, ParseError("a peer whose key or endpoint has not the form of one"))
        keys += [key] if key else []
        remotes += [end._replace(peer=key)] if end else []
        allowed = peer.get("allowed-ips")
        prefixes += [one for one in (allowed if isinstance(allowed, list) else ()) if isinstance(one, str)]
    return Configured(
        technology=technology,
        manager="netplan",
        name=name,
        source=path,
        device=ends.device(name),
        role="p2p",
        local=ends.address(_text(tunnel, "local")),
        local_port=port if technology == "wireguard" else None,
        remotes=tuple(remotes),
        public_keys=tuple(keys),
        prefixes=ends.prefixes(prefixes),
        autostart=_text(tunnel, "activation-mode") not in ("manual", "off"),
    )


def _text(settings: dict[str, yaml.Node], key: str) -> str | None:
    """Return the value of `key` if it is text."""
    value = settings.get(key)
    return value if isinstance(value, str) else None


def rows(files: HostFiles) -> Iterator[Configured]:
    """Yield one row for each tunnel; the files are read in the order of their names, later ones add to earlier ones."""
    merged: dict[str, tuple[str, dict[str, yaml.Node]]] = {}
    for path in files.first(_PLACES, ".yaml"):
        for name, (source, settings) in tunnels(files, path).items():
            merged[name] = (source, merged[name][1] | settings) if name in merged else (source, settings)
    for name, (source, settings) in merged.items():
        if row := configured(files, name, source, settings):
            yield row


PROBE = conf_probe(
    name="netplan_conf",
    summary="Tunnels that netplan is configured for, whether they are up or not",
    reads=tuple(f"{place}/*.yaml" for place in _PLACES),
    covers=tuple(sorted({technology for technology, _ in _MODES.values()})),
    rows=rows,
)
