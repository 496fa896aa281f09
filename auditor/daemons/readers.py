"""How the running daemons of each technology are asked about themselves: `READERS` is the list that runs.

A reader takes one process and its files and yields a row for each tunnel that it is configured for. It is
pure but for what it reads through `files`, raises SourceError for what it cannot do without, and notes the
rest with `files.gap`. Secrets are dropped where a line is parsed.
"""

from collections.abc import Callable, Iterator

from auditor.daemons import (
    carriers,
    clash,
    easytier,
    fastd,
    frp,
    gost,
    http_proxy,
    hysteria,
    iodine,
    miredo,
    n2n,
    nebula,
    nps,
    openconnect,
    pppd,
    relays,
    shadowsocks,
    sing_box,
    socat,
    socks,
    softether,
    ssh,
    stunnel,
    tinc,
    trojan,
    v2ray,
    vtun,
    xl2tpd,
    yggdrasil,
    zerotier,
)
from auditor.daemons.files import ProcessFiles
from auditor.model.rows import DaemonInstance, Process

Reader = Callable[[Process, ProcessFiles], Iterator[DaemonInstance]]

READERS: dict[str, Reader] = {
    "clash": clash.read,
    "easytier": easytier.read,
    "fastd": fastd.read,
    "frp": frp.read,
    "gost": gost.read,
    "http-proxy": http_proxy.read,
    "httptunnel": carriers.read_httptunnel,
    "hysteria": hysteria.read,
    "iodine": iodine.read,
    "kcptun": carriers.read_kcptun,
    "l2tp": xl2tpd.read,
    "n2n": n2n.read,
    "nebula": nebula.read,
    "nps": nps.read,
    "openconnect": openconnect.read,
    "ppp": pppd.read,
    "ptunnel": carriers.read_ptunnel,
    "relay": relays.read,
    "shadowsocks": shadowsocks.read,
    "sing-box": sing_box.read,
    "socat": socat.read,
    "socks": socks.read,
    "softether": softether.read,
    "ssh": ssh.read,
    "stunnel": stunnel.read,
    "teredo": miredo.read,
    "tinc": tinc.read,
    "trojan": trojan.read,
    "v2ray": v2ray.read,
    "vtun": vtun.read,
    "xray": v2ray.read,
    "yggdrasil": yggdrasil.read,
    "zerotier": zerotier.read,
}
"""By technology. OpenVPN and strongSwan, which take more than files, have probes of their own."""
