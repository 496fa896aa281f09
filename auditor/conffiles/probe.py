"""What all probes of configuration files share: they look at the host once, and tell of what they could not read."""

from collections.abc import Callable, Iterator

from auditor.conffiles.hostfiles import NEEDS, HostFiles
from auditor.model.rows import Configured
from auditor.model.sightings import Sighting
from auditor.probe import Extent, Probe, View


def conf_probe(
    *,
    name: str,
    summary: str,
    reads: tuple[str, ...],
    covers: tuple[str, ...],
    rows: Callable[[HostFiles], Iterator[Configured]],
) -> Probe:
    """Return the probe that yields what `rows` finds in the host's files, then a blind spot for each gap in them."""

    def run(view: View) -> Iterator[Sighting]:
        files = HostFiles(view.host)
        yield from rows(files)
        for source, error in files.gaps:
            yield probe.blind(view, source, error)

    probe = Probe(name=name, summary=summary, reads=reads, needs=(NEEDS,), covers=covers, run=run, extent=Extent.HOST)
    return probe
