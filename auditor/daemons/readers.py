"""How the running daemons of each technology are asked about themselves: `READERS` is the list that runs.

A reader takes one process and its files and yields a row for each tunnel that it is configured for. It is
pure but for what it reads through `files`, raises SourceError for what it cannot do without, and notes the
rest with `files.gap`. Secrets are dropped where a line is parsed.
"""

from collections.abc import Callable, Iterator
from importlib import import_module

from auditor.daemons.files import ProcessFiles
from auditor.model.rows import DaemonInstance, Process

Reader = Callable[[Process, ProcessFiles], Iterator[DaemonInstance]]


def _of(module: str, reader: str = "read") -> Reader:
    """Return `reader` of `module`, which is loaded when it has a process to read: most hosts run few of these."""

    def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
        found: Iterator[DaemonInstance] = getattr(import_module(f"auditor.daemons.{module}"), reader)(process, files)
        return found

    return read


READERS: dict[str, Reader] = {
    "clash": _of("clash"),
    "easytier": _of("easytier"),
    "fastd": _of("fastd"),
    "frp": _of("frp"),
    "gost": _of("gost"),
    "http-proxy": _of("http_proxy"),
    "httptunnel": _of("carriers", "read_httptunnel"),
    "hysteria": _of("hysteria"),
    "iodine": _of("iodine"),
    "kcptun": _of("carriers", "read_kcptun"),
    "l2tp": _of("xl2tpd"),
    "n2n": _of("n2n"),
    "nebula": _of("nebula"),
    "nps": _of("nps"),
    "openconnect": _of("openconnect"),
    "ppp": _of("pppd"),
    "ptunnel": _of("carriers", "read_ptunnel"),
    "relay": _of("relays"),
    "shadowsocks": _of("shadowsocks"),
    "sing-box": _of("sing_box"),
    "socat": _of("socat"),
    "socks": _of("socks"),
    "softether": _of("softether"),
    "ssh": _of("ssh"),
    "stunnel": _of("stunnel"),
    "teredo": _of("miredo"),
    "tinc": _of("tinc"),
    "trojan": _of("trojan"),
    "v2ray": _of("v2ray"),
    "vtun": _of("vtun"),
    "xray": _of("v2ray"),
    "yggdrasil": _of("yggdrasil"),
    "zerotier": _of("zerotier"),
}
"""By technology. OpenVPN and strongSwan, which take more than files, have probes of their own."""
