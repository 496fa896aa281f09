"""Probes: one module a source of facts; `PROBES` is the list that runs, in this order within a phase."""

from auditor.probe import Probe
from probes import (
    addresses,
    fdb,
    instances,
    iptables_legacy,
    l2tp,
    links,
    nftables,
    openvpn,
    ppp,
    processes,
    routes,
    rules,
    sockets,
    underlay,
    vici,
    wireguard,
    wireguard_uapi,
    xfrm,
)

PROBES: tuple[Probe, ...] = (
    processes.PROBE,
    links.PROBE,
    addresses.PROBE,
    fdb.PROBE,
    rules.PROBE,
    nftables.PROBE,
    iptables_legacy.PROBE,
    wireguard.PROBE,
    xfrm.PROBE,
    ppp.PROBE,
    l2tp.PROBE,
    sockets.PROBE,
    wireguard_uapi.PROBE,
    openvpn.PROBE,
    instances.PROBE,
    vici.PROBE,
    routes.PROBE,
    underlay.PROBE,
)
