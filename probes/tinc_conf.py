"""tinc's networks (tinc.conf(5)): one directory each below /etc/tinc, with the addresses in its `hosts` files.

Cannot see: nodes that are learnt from others; keys, which are in files
that are never opened, or dropped with their line.
"""

from collections.abc import Iterator

from auditor.conffiles import ends
from auditor.conffiles.hostfiles import HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.formats.tinc import PORT, variables
from auditor.model.rows import Configured, NamedEnd

_TOP = "/etc/tinc"
_WANTED = ("name", "connectto", "interface", "port", "address", "subnet", "bindtoaddress")
_HOSTS_LIMIT = 256

Values = dict[str, list[str]]


def values(files: HostFiles, path: str) -> Values:
    """Return the values of the wanted variables of `path`; one without is a gap."""
    found: Values = {}
    for number, name, value in variables(files.lines(path), _WANTED):
        if value:
            found.setdefault(name, []).append(value)
        else:
            files.problem(path, number, "a variable without a value")
    return found


def network(files: HostFiles, folder: str, net: str, *, autostart: bool | None) -> Configured | None:
    """Return the network in `folder`, called `net`; None if there is none."""
    own = values(files, f"{folder}/tinc.conf")
    for path in files.found(f"{folder}/conf.d", ".conf"):
        for key, more in values(files, path).items():
            own[key] = own.get(key, []) + more
    if not own:
        return None
    mine = next(iter(own.get("name", ())), "")
    names = [name for name in own.get("connectto", ()) if "/" not in name]
    hosts = {name: values(files, f"{folder}/hosts/{name}") for name in _hosts(files, folder) if name != mine}
    called = names or list(hosts)
    me = values(files, f"{folder}/hosts/{mine}") if mine and "/" not in mine and not mine.startswith("$") else {}
    port = next(iter(own.get("port", ())), None) or next(iter(me.get("port", ())), None)
    device = next(iter(own.get("interface", ())), None) or net
    return Configured(
        technology="tinc",
        manager="tinc",
        name=net or "tinc",
        source=f"{folder}/tinc.conf",
        device=ends.device(device),
        role="p2p",
        local=ends.address(next(iter(own.get("bindtoaddress", [""]))).partition(" ")[0]),
        local_port=ends.port(port) or (PORT if port is None else None),
        remotes=tuple(dict.fromkeys(end for name in called for end in _ends(hosts.get(name, {})))),
        prefixes=ends.prefixes(p.partition("#")[0] for host in hosts.values() for p in host.get("subnet", ())),
        autostart=autostart,
    )


def _hosts(files: HostFiles, folder: str) -> list[str]:
    """Return the names of the nodes that have a file, at most so many."""
    return [name for name in files.names(f"{folder}/hosts") if not name.endswith(("-up", "-down"))][:_HOSTS_LIMIT]


def _ends(host: Values) -> Iterator[NamedEnd]:
    """Yield each address of a node with its port."""
    usual = ends.port(next(iter(host.get("port", ())), None)) or PORT
    for value in host.get("address", ()):
        where, _, number = value.partition(" ")
        if found := ends.host(where):
            yield NamedEnd(found, ends.port(number) or usual)


def rows(files: HostFiles) -> Iterator[Configured]:
    """Yield one row for each network."""
    nets = files.names(_TOP)
    enabled = files.enabled_units() if nets else frozenset()
    boot = {line.split()[0] for _, line in files.lines(f"{_TOP}/nets.boot") if line.split()} if nets else set()
    for net in nets:
        if net not in ("hosts", "conf.d") and not net.startswith("."):
            starts = net in boot or f"tinc@{net}.service" in enabled
            if row := network(files, f"{_TOP}/{net}", net, autostart=starts):
                yield row
    if "tinc.conf" in nets and (row := network(files, _TOP, "", autostart=None)):
        yield row


PROBE = conf_probe(
    name="tinc_conf",
    summary="tinc networks that files describe, whether they are up or not",
    reads=(f"{_TOP}/*/tinc.conf", f"{_TOP}/*/hosts/*"),
    covers=("tinc",),
    rows=rows,
)
