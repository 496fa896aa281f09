"""Whatever arguments and files hold, a reader of proxies returns rows or a cause, and no crash."""

import random
from pathlib import Path

import pytest

from auditor.daemons.files import ProcessFiles
from auditor.daemons.readers import READERS
from auditor.errors import SourceError
from auditor.model.rows import DaemonInstance
from tests.auditor.daemons.made import Daemon

_PROGRAMS = {
    "clash": "/usr/bin/mihomo",
    "frp": "/usr/bin/frpc",
    "gost": "/usr/bin/gost",
    "http-proxy": "/usr/sbin/privoxy",
    "hysteria": "/usr/bin/hysteria",
    "nps": "/usr/bin/npc",
    "shadowsocks": "/usr/bin/ss-local",
    "sing-box": "/usr/bin/sing-box",
    "socat": "/usr/bin/socat",
    "socks": "/usr/sbin/redsocks",
    "ssh": "/usr/bin/ssh",
    "stunnel": "/usr/bin/stunnel4",
    "trojan": "/usr/bin/trojan",
    "v2ray": "/usr/bin/v2ray",
    "xray": "/usr/bin/xray",
}
_PIECES = (
    *(
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "=",
        "-",
        "--",
        '"',
        "'",
        "\\",
        "\n",
        "\t",
        " ",
        "#",
        "//",
        "/*",
        "*/",
        "|",
        "&a ",
        "*a",
    ),
    *("server", "server_port", "servers", "outbounds", "inbounds", "address", "port", "endpoint", "protocol", "listen"),
    *("proxies", "proxy-providers", "type", "path", "chains", "addr", "ChainNodes", "services", "socks5", "peers"),
    *("redsocks", "ip", "local_port", "Host", "Match", "Include", "RemoteForward", "include", "accept", "connect"),
    *("serverAddr", "bindPort", "1", "443", "99999", "-1", "::1", "[::1]:1", "a:b:c", "\udc80\x00", "x" * 300, "é中"),
)
_OPTIONS = (
    "-c",
    "-L",
    "-F",
    "-f",
    "-d",
    "-s",
    "-o",
    "-R",
    "-D",
    "-C",
    "-config",
    "-p",
    "--server-url",
    "/f.json",
    "/f.yaml",
    "/f",
)


@pytest.mark.parametrize("technology", sorted(_PROGRAMS))
def test_any_file_and_any_arguments(tmp_path: Path, technology: str) -> None:
    maker = random.Random(technology)
    daemon = Daemon(tmp_path, _PROGRAMS[technology])
    for _ in range(100):
        content = "".join(maker.choice(_PIECES) for _ in range(maker.randrange(60)))
        for path in ("/f.json", "/f.yaml", "/f", "/etc/daemon/config.json", "/etc/daemon/redsocks.conf"):
            daemon.write(path, content.encode("utf-8", "surrogateescape"))
        given = [maker.choice((*_OPTIONS, *_PIECES)) for _ in range(maker.randrange(6))]
        line = "\0".join((technology, *given, "")).encode("utf-8", "surrogateescape")
        (tmp_path / "proc/40/cmdline").write_bytes(line)
        try:
            rows = list(READERS[technology](daemon.process, ProcessFiles(daemon.host, daemon.process)))
        except SourceError:
            continue
        for row in rows:
            assert isinstance(row, DaemonInstance)
            assert row.local_port is None or 0 < row.local_port < 65536
            assert all(end.host and len(end.host) <= 253 and end.host.isprintable() for end in row.remotes)
