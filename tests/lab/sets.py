"""What stands on a gateway: lists of parts, each a gateway of its own."""

from collections.abc import Callable

from tests.lab.parts import (
    branch,
    configured,
    containers,
    deviceless,
    forwards,
    miredo,
    odd,
    openvpn,
    openvswitch,
    owners,
    plumbing,
    policies,
    proxies,
    quiet,
    ssh,
    strongswan,
    tinc,
    vxlan,
    wireguard,
)
from tests.lab.site import Site

Part = Callable[[Site], None]

# NOTE: slow starters first; what waits for others to be ready comes last.
EVERYTHING: tuple[Part, ...] = (
    wireguard.start,
    openvpn.start,
    openvpn.start_staff,
    strongswan.start,
    tinc.start,
    vxlan.start,
    policies.start,
    branch.start,
    plumbing.start,
    odd.start,
    ssh.start,
)
SMALL: tuple[Part, ...] = (wireguard.start,)

PROXIES: tuple[Part, ...] = (proxies.start, forwards.start, quiet.start)

SETS: dict[str, tuple[Part, ...]] = {
    "everything": EVERYTHING,
    "deviceless": (deviceless.start,),
    "owners": (miredo.start, owners.start),
    "proxies": PROXIES,
    "silence": (containers.start, plumbing.start),
    "switch": (wireguard.start, openvswitch.start),
    "configured": (wireguard.start, openvpn.start, tinc.start, configured.start),
}
"""Gateways on which every tunnel must be found and nothing else called one (`tests/e2e/test_sets.py`)."""
