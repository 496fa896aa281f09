"""NPS: the server of a client, the bridge port of a server (npc and nps; ehang.io/nps: npc, nps.conf)."""

from collections.abc import Iterator

from auditor.daemons import arguments
from auditor.daemons.documents import proxy
from auditor.daemons.files import ProcessFiles
from auditor.formats import hosts, settings
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_KEYS = frozenset(["server_addr", "bridge_port", "bridge_ip"])
_CLIENT, _SERVER = "conf/npc.conf", "/etc/nps/conf/nps.conf"
_DEFAULT_PORT = 8024


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the program `process` is set to do; raises SourceError."""
    server = (process.exe or "").rpartition("/")[2].startswith("nps")
    given = dict(arguments.flags(files.arguments(), frozenset(["server", "config", "conf_path"])))
    path = given.get("config") or (f"{given['conf_path']}/conf/nps.conf" if "conf_path" in given else None)
    end = given.get("server")
    if end is None:
        path = path or (_SERVER if server else _CLIENT)
        found = {setting.key: setting.value for setting in settings.settings(files.lines(path), _KEYS)}
        end = found.get("server_addr")
        if server:
            port = hosts.port(found.get("bridge_port")) or _DEFAULT_PORT
            yield proxy(process, "nps", (), source=path, local=found.get("bridge_ip"), local_port=port)
            return
    host, number = hosts.split(end or "")
    named = (NamedEnd(host, number or _DEFAULT_PORT, "tcp"),) if host else ()
    yield proxy(process, "nps", named, source=path or "command line", server=False)
