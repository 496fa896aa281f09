"""What stands on a gateway: lists of parts, each a gateway of its own."""

from collections.abc import Callable

from tests.lab.parts import (
    branch,
    configured,
    containers,
    deviceless,
    dialup,
    engines,
    fastd,
    forwards,
    iodine,
    ipsec,
    miredo,
    n2n,
    nebula,
    odd,
    openconnect,
    openvpn,
    openvpn_sites,
    openvpn_variants,
    openvswitch,
    owners,
    plumbing,
    policies,
    proxies,
    quiet,
    softether,
    ssh,
    strongswan,
    tinc,
    transparent,
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

PROXIES: tuple[Part, ...] = (proxies.start, forwards.start, quiet.start)

SETS: dict[str, tuple[Part, ...]] = {
    "everything": EVERYTHING,
    "deviceless": (deviceless.start,),
    "overlays": (n2n.start, nebula.start, softether.start, openconnect.start, openconnect.start_staff),
    "owners": (miredo.start, owners.start),
    "proxies": PROXIES,
    "silence": (containers.start, plumbing.start),
    "switch": (wireguard.start, openvswitch.start),
    "configured": (wireguard.start, openvpn.start, tinc.start, configured.start),
    "transparent": (transparent.start,),
    "engines": (engines.start,),
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
