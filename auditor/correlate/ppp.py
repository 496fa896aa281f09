"""PPP devices: what one is, is what carries its session."""

from auditor import technologies
from auditor.correlate import l2tp, recheck, state
from auditor.correlate.found import device_tunnel, not_tunnel
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.rows import Link, Process
from auditor.model.text import Text
from auditor.model.tunnel import Layer, NotTunnel, Tunnel, Witness

_BROADBAND = Text("broadband dial-up (PPPoE), listed by the kernel", "宽带拨号（PPPoE），由内核列出")
_UNTOLD = Text("what carries this PPP session could not be told", "无法判定该PPP会话由何种方式承载")


def all_broadband(tables: Tables, table: ScopeTable, sessions: l2tp.Sessions) -> bool:
    """Return whether every PPP device of `table` that no L2TP session names is PPPoE.

    The kernel does not say which device a PPPoE session has, so their number decides: there must be one
    for each device. It decides nothing while L2TP sessions are there whose devices could not be read, nor
    beside a program that carries PPP otherwise: a session need not have a device (relays have none).
    """
    if any(_carries_ppp(process) for process in tables.processes.values() if process.netns == table.scope.inode):
        return False
    others = [link for link in table.links.values() if l2tp.is_ppp(link) and sessions.of(table, link) is None]
    listed = sum(1 for session in table.ppp if session.carrier == "pppoe")
    unread = not table.ppp_read and any(s.pseudowire == "ppp" for s in sessions.bare.get(table.scope.inode, ()))
    return len(others) <= listed and not unread


_OTHER_CARRIERS = ("pptp", "sstp", "fortinet")


def _carries_ppp(process: Process) -> bool:
    """Return whether `process` is a program that runs PPP over something else than Ethernet or L2TP."""
    technology = technologies.load().owner(process.exe)
    return technology is not None and technology.id in _OTHER_CARRIERS


def device(table: ScopeTable, link: Link, sessions: l2tp.Sessions, *, broadband: bool) -> Tunnel | NotTunnel:
    """Return what PPP device `link` is: L2TP if a session names it, else PPPoE, which is no tunnel, or not told.

    `broadband` is what `all_broadband` says of the namespace.
    """
    if carried := sessions.of(table, link):
        return l2tp.device(table, link, carried)
    if broadband:
        return not_tunnel(table, link, _BROADBAND)
    return device_tunnel(
        table,
        link,
        state.of_device(link),
        technology="ppp",
        layers=(Layer(technology="ppp", door="link"),),
        witnesses=(Witness(probe="links", says=f"{link.name} is a PPP device", recheck=recheck.device(link)),),
        contradictions=(_UNTOLD,),
    )
