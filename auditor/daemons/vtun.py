"""VTun by the title that each vtund process gives itself (main.c, client.c, server.c, linkfd.c of vtun 3); pure.

vtund overwrites its arguments with what it does: "vtund[c]: SESSION connecting to HOST", "vtund[s]: SESSION
tun DEVICE". Far ends of a session that stands are its connected sockets, also over UDP, so /etc/vtund.conf,
which holds every session's password, is not read.

Cannot see: where a client that waits between two attempts will connect to.
"""

import re
from collections.abc import Iterator

from auditor.daemons.files import ProcessFiles
from auditor.formats.hosts import far_end
from auditor.model.rows import DaemonInstance, Process
from auditor.netlink.wire import text

_TITLE = re.compile(rb"[^\0]{0,255}?\[([cs])\]: ")
_CONNECTING = re.compile(rb" connecting to ([^\0 ]{1,255})")
_ROLES = {b"c": "client", b"s": "server"}


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield the session of one process that has a title; raises SourceError."""
    raw = files.command_line()
    title = _TITLE.match(raw)
    if title is None:
        return
    connecting = _CONNECTING.search(raw, title.end()) if title[1] == b"c" else None
    named = far_end(text(connecting[1]), None, None) if connecting else None
    yield DaemonInstance(
        pid=process.pid,
        technology="vtun",
        role=_ROLES[title[1]],
        local=None,
        local_port=None,
        remotes=(named,) if named else (),
        device=process.only_device,
        clients=None,
        source="title of the process",
    )
