"""How the running daemons of each technology are asked about themselves: `READERS` is the list that runs.

A reader takes one process and its files and yields a row for each tunnel that it is configured for. It is
pure but for what it reads through `files`, raises SourceError for what it cannot do without, and notes the
rest with `files.gap`. Secrets are dropped where a line is parsed.
"""

from collections.abc import Callable, Iterator

from auditor.daemons import pppd, xl2tpd
from auditor.daemons.files import ProcessFiles
from auditor.model.rows import DaemonInstance, Process

Reader = Callable[[Process, ProcessFiles], Iterator[DaemonInstance]]

READERS: dict[str, Reader] = {"l2tp": xl2tpd.read, "ppp": pppd.read}
"""By technology. OpenVPN and strongSwan, which take more than files, have probes of their own."""
