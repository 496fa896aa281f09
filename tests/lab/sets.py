"""What stands on a gateway: lists of parts, each a gateway of its own."""

from collections.abc import Callable

from tests.lab.parts import (
    branch,
    dialup,
    ipsec,
    odd,
    openvpn,
    plumbing,
    policies,
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

SETS: dict[str, tuple[Part, ...]] = {
    "everything": EVERYTHING,
}
"""Gateways on which every tunnel must be found and nothing else called one (`tests/e2e/test_sets.py`)."""

KERNEL_SETS: dict[str, tuple[Part, ...]] = {
    "sessions": (
        ipsec.start,
        dialup.start_l2tp,
        dialup.start_pptp,
        dialup.start_pppoe,
        ipsec.start_wireguard,
        dialup.expect_branch,
    ),
    "userspace": (dialup.start_userspace,),
}
"""The same, of what only a kernel with every module carries: built and scanned in the guest (`tests/kernel`)."""
