"""Rows: what probes read of kernel tables, of /proc and of daemons, one type a kind of thing.

Rows are named tuples, not dataclasses, because a gateway can have 100,000 of them and a named
tuple costs a fifth of a frozen dataclass to make. Addresses are canonical text as `inet_ntop`
writes them; names read from the host are text with undecodable bytes shown as ``\\xNN``.
"""

from auditor.model.rows.daemons import Configured, DaemonInstance, NamedEnd
from auditor.model.rows.diversions import Diversion
from auditor.model.rows.ipsec import IkeChild, IkeSa, XfrmPolicy, XfrmState, XfrmTemplate
from auditor.model.rows.links import FarEnd, FdbRemote, FouPort, InterfaceAddress, Link, Outer, OvpnDevice, SwitchTunnel
from auditor.model.rows.processes import Process, Socket
from auditor.model.rows.routes import LabelRoute, Route, RouteOuter, Rule, Underlay
from auditor.model.rows.sessions import L2tpSession, PppSession
from auditor.model.rows.wireguard import WireGuardDevice, WireGuardPeer

__all__ = [
    "Configured",
    "DaemonInstance",
    "Diversion",
    "FarEnd",
    "FdbRemote",
    "FouPort",
    "IkeChild",
    "IkeSa",
    "InterfaceAddress",
    "L2tpSession",
    "LabelRoute",
    "Link",
    "NamedEnd",
    "Outer",
    "OvpnDevice",
    "PppSession",
    "Process",
    "Route",
    "RouteOuter",
    "Row",
    "Rule",
    "Socket",
    "SwitchTunnel",
    "Underlay",
    "WireGuardDevice",
    "WireGuardPeer",
    "XfrmPolicy",
    "XfrmState",
    "XfrmTemplate",
]

Row = (
    Link
    | InterfaceAddress
    | FdbRemote
    | FarEnd
    | Route
    | LabelRoute
    | FouPort
    | OvpnDevice
    | SwitchTunnel
    | Rule
    | Underlay
    | Process
    | Socket
    | WireGuardDevice
    | XfrmState
    | XfrmPolicy
    | IkeSa
    | DaemonInstance
    | Configured
    | PppSession
    | L2tpSession
    | Diversion
)
