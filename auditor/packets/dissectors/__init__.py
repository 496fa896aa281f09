"""The dissectors, one module a family, in the order in which they look; a test compares the list with the folder."""

from auditor.packets.dissector import Dissector
from auditor.packets.dissectors import (
    capwap,
    fou,
    geneve,
    gre,
    gtp,
    ipip,
    ipsec,
    l2tp,
    lisp,
    mesh,
    mpls,
    openvpn,
    pptp,
    proxies,
    softether,
    teredo,
    vxlan,
    wireguard,
)

DISSECTORS: tuple[Dissector, ...] = tuple(
    module.DISSECTOR
    for module in (
        ipip,
        gre,
        mpls,
        ipsec,
        l2tp,
        pptp,
        wireguard,
        openvpn,
        vxlan,
        geneve,
        gtp,
        teredo,
        fou,
        lisp,
        capwap,
        mesh,
        softether,
        proxies,
    )
)
