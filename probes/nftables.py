"""Rules of nf_tables that hand packets to local programs, rewrite their goal or mark them, iptables-nft's too.

The kernel numbers the states of the ruleset; chains and rules are read until both are of the same state.
Nothing is asked unless nf_tables is in the kernel already, for asking would load it. Names of tables and
chains are kept, comments and counters are not.

Cannot see: the elements of sets and maps, so what they select is not followed; rules of arp, bridge and
netdev tables; whether a rule before the one found takes its packets away; eBPF programs that divert.
"""

from collections.abc import Iterator

from auditor.errors import SourceInterrupted
from auditor.model.sightings import Sighting
from auditor.modules import present
from auditor.netlink import nftables
from auditor.netlink.ruleset import Ruleset
from auditor.netlink.socket import Netlink
from auditor.netlink.wire import NETLINK_NETFILTER
from auditor.probe import Probe, View

_MODULE = "nf_tables"
_ATTEMPTS = 5


def read(netlink: Netlink) -> Ruleset:
    """Return the ruleset of one state; raises SourceError."""
    for _ in range(_ATTEMPTS):
        before = _generation(netlink)
        chains = netlink.dump(nftables.GET_CHAIN, nftables.ANY_FAMILY)
        rules = netlink.dump(nftables.GET_RULE, nftables.ANY_FAMILY)
        if _generation(netlink) == before:
            ruleset = Ruleset("nf_tables")
            nftables.add_chains(ruleset, chains.messages())
            nftables.add_rules(ruleset, rules.chunks)
            return ruleset
    raise SourceInterrupted("the ruleset changed during every attempt to read it")


def _generation(netlink: Netlink) -> int:
    """Return the number of the present state; raises SourceError."""
    return nftables.generation(netlink.request(nftables.GET_GENERATION, nftables.ANY_FAMILY).messages())


def run(view: View) -> Iterator[Sighting]:
    """Yield what each diverting rule of the namespace does; nothing when the kernel has no nf_tables."""
    kernel = present(view.host, frozenset((_MODULE,)))
    if kernel.doubt is not None:
        raise kernel.doubt
    if kernel.there:
        with view.host.netlink(NETLINK_NETFILTER) as netlink:
            yield from read(netlink).diversions()


PROBE = Probe(
    name="nftables",
    summary="Rules of nf_tables and iptables-nft that divert packets to local programs, or mark them",
    reads=("nfnetlink NFT_MSG_GETCHAIN, NFT_MSG_GETRULE",),
    needs=("CAP_NET_ADMIN",),
    covers=("proxy",),
    run=run,
)
