"""What stands on a gateway: lists of parts, each a gateway of its own."""

from collections.abc import Callable

from tests.lab.parts import (
    branch,
    fastd,
    iodine,
    odd,
    openvpn,
    openvpn_sites,
    openvpn_variants,
    plumbing,
    policies,
    ssh,
    strongswan,
    tinc,
    vtun,
    vxlan,
    wireguard,
    yggdrasil,
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
    "meshes": (
        tinc.start_mesh,
        yggdrasil.start,
        fastd.start,
        openvpn_variants.start,
        openvpn_sites.start,
        iodine.start,
        vtun.start,
    ),
}
"""Gateways on which every tunnel must be found and nothing else called one (`tests/e2e/test_sets.py`)."""
