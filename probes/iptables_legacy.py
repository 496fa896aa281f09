"""Rules of the older iptables (ip_tables, iptables-legacy) that hand packets to local programs, or mark them.

Asked for are only the tables that the kernel lists as loaded in this namespace; for another one it would
load a module. Names of chains are kept; comments and counters are not.

Cannot see: what matches by sets, marks or strings select; whether a rule before the one found takes its
packets away; tables of ebtables and arptables.
"""

from collections.abc import Iterator

from auditor.errors import SourceAbsent, SourceError
from auditor.host import Host
from auditor.model.sightings import Sighting
from auditor.netlink.iptables import add_table
from auditor.netlink.ruleset import Ruleset
from auditor.netlink.wire import text
from auditor.probe import Probe, View

_LISTS = {4: "/proc/thread-self/net/ip_tables_names", 6: "/proc/thread-self/net/ip6_tables_names"}


def loaded(host: Host, version: int) -> list[str]:
    """Return the names of the tables that are there for IP `version`; raises SourceError."""
    try:
        lines = list(host.lines(_LISTS[version], needs="CAP_DAC_READ_SEARCH"))
    except SourceAbsent:
        return []  # the kernel has no ip_tables
    return [text(line.rstrip(b"\n")) for line in lines]


def run(view: View) -> Iterator[Sighting]:
    """Yield what each diverting rule of the loaded tables does."""
    ruleset = Ruleset("ip_tables")
    for version, source in _LISTS.items():
        try:
            for table in loaded(view.host, version):
                add_table(ruleset, version, table, view.host.iptables(version, table))
        except SourceError as error:
            yield PROBE.blind(view, source, error)
    yield from ruleset.diversions()


PROBE = Probe(
    name="iptables_legacy",
    summary="Rules of the older iptables that divert packets to local programs, or mark them",
    reads=("/proc/net/ip_tables_names", "/proc/net/ip6_tables_names", "IPT_SO_GET_ENTRIES"),
    needs=("CAP_NET_ADMIN", "CAP_DAC_READ_SEARCH"),
    covers=("proxy",),
    run=run,
)
