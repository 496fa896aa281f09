"""What running tunnel daemons are configured to do, each by its own arguments and configuration files.

Which daemon is read how: `auditor/daemons/readers.py`. No daemon is spoken to.

Cannot see: what a daemon was told after its start over a socket of its own; a configuration that changed
since; a daemon that the technology table does not know.
"""

from collections.abc import Iterator

from auditor import technologies
from auditor.daemons.files import ProcessFiles
from auditor.daemons.readers import READERS
from auditor.errors import SourceError
from auditor.model.sightings import Sighting
from auditor.probe import Extent, Phase, Probe, View


def run(view: View) -> Iterator[Sighting]:
    """Yield a row for each tunnel that the daemons among the owners are configured for."""
    for process in view.targets.owners:
        known = technologies.load().recognise(process.exe, process.unit, process.packaged_by)
        reader = READERS.get(known.technology.id) if known else None
        if reader is None:
            continue
        files = ProcessFiles(view.host, process)
        try:
            files.command_line()
        except SourceError:
            continue  # every process may read it, so this one has ended
        try:
            yield from reader(process, files)
        except SourceError as error:
            files.gap(f"configuration of PID {process.pid}", error)
        for source, gap in files.gaps:
            yield PROBE.blind(view, source, gap)


PROBE = Probe(
    name="instances",
    summary="Configuration of running tunnel daemons: role, far ends, ports, number of clients",
    reads=("/proc/PID/cmdline", "configuration files"),
    needs=("CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"),
    covers=tuple(READERS),
    run=run,
    phase=Phase.DAEMONS,
    extent=Extent.HOST,
)
