"""Tunnels over PPP that files describe: xl2tpd.conf(5), pptpd.conf(5), peers of pppd(8) with PPTP, SSTP and the like.

Broadband (PPPoE) and modems are no tunnels and give nothing.

Cannot see: peers that a program writes when it dials; secrets files, which are never opened.
"""

from collections.abc import Iterator

from auditor.conffiles import ends, pppd
from auditor.conffiles.hostfiles import HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.errors import ParseError
from auditor.formats import ini
from auditor.model.rows import Configured, NamedEnd

_XL2TPD, _PPTPD, _PEERS = "/etc/xl2tpd/xl2tpd.conf", "/etc/pptpd.conf", "/etc/ppp/peers"
_WANTED = frozenset(["lns", "listen-addr", "port", "autodial"])
_ENDS = {"pptp": ("tcp", 1723), "sstp": ("tcp", 443), "l2tp": ("udp", 1701)}
_L2TP_PORT = 1701


def xl2tpd(files: HostFiles) -> Iterator[Configured]:
    """Yield one row for each section of xl2tpd's file: `lac` dials, `lns` waits."""
    local, port = None, _L2TP_PORT
    for section in ini.sections(files.lines(_XL2TPD), _WANTED, files.problems(_XL2TPD), trailing=";"):
        kind, _, name = section.name.partition(" ")
        if kind == "global":
            local, port = ends.address(section.one("listen-addr")), ends.port(section.one("port")) or _L2TP_PORT
        hosts = [host for value in section.every("lns") for host in ends.listed(value)]
        if kind not in ("lac", "lns") or (name == "default" and kind == "lac"):
            continue
        remotes = [end for host in hosts if (end := ends.with_port(host, "udp", _L2TP_PORT))]
        if len(remotes) < len(hosts):
            files.problem(_XL2TPD, section.number, "a server that has not the form of a host")
        yield Configured(
            technology="l2tp",
            manager="xl2tpd",
            name=name.strip(),
            source=_XL2TPD,
            role="client" if kind == "lac" else "server",
            local=local,
            local_port=port,
            remotes=tuple(dict.fromkeys(remotes)) if kind == "lac" else (),
            autostart=section.one("autodial") == "yes" if kind == "lac" else None,
            people=kind == "lns",
        )


def pptpd(files: HostFiles) -> Configured | None:
    """Return the server that pptpd.conf(5) describes, None if it gives nobody an address."""
    words = [line.split() for _, line in files.lines(_PPTPD) if line.split()]
    if not any(first in ("localip", "remoteip", "delegate") for first, *_ in words):
        return None
    return Configured(
        technology="pptp",
        manager="pptpd",
        name="pptpd",
        source=_PPTPD,
        role="server",
        local=ends.address(next((rest[0] for first, *rest in words if first == "listen" and rest), None)),
        local_port=_ENDS["pptp"][1],
        people=True,
    )


def peer(files: HostFiles, path: str) -> Configured | None:
    """Return the tunnel that pppd's peer file `path` describes, None for broadband and serial lines."""
    try:
        found = pppd.parse(files.lines(path))
    except ParseError as error:
        files.gap(path, error)
        return None
    if found.technology is None:
        return None
    transport, port = _ENDS.get(found.technology, (None, None))
    return Configured(
        technology=found.technology,
        manager="pppd",
        name=path.rpartition("/")[2],
        source=path,
        device=found.device,
        role="client",
        remotes=(NamedEnd(found.host, port, transport),) if found.host else (),
    )


def rows(files: HostFiles) -> Iterator[Configured]:
    """Yield one row for each tunnel."""
    yield from xl2tpd(files)
    if row := pptpd(files):
        yield row
    for path in files.found(_PEERS, ""):
        if not path.endswith(("~", ".dpkg-dist", ".dpkg-old", ".bak")) and (row := peer(files, path)):
            yield row


PROBE = conf_probe(
    name="ppp_conf",
    summary="L2TP, PPTP and SSTP tunnels that files of xl2tpd and pppd describe, whether they are up or not",
    reads=(_XL2TPD, _PPTPD, f"{_PEERS}/*"),
    covers=("l2tp", "pptp", "sstp", "ppp"),
    rows=rows,
)
