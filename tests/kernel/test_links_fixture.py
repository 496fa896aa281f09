"""The recorded devices of every tunnel kind, as the links probe reads them and as ip(8) does."""

import json
from pathlib import Path

from probes import links
from tests.kernel.links_truth import told_by_ip, told_by_probe

_RECORDED = Path(__file__).resolve().parent.parent / "fixtures/netlink"
KINDS = {
    *("gre", "gretap", "erspan", "ip6gre", "ip6gretap", "ip6erspan", "ipip", "sit", "ip6tnl", "vti", "vti6", "xfrm"),
    *("vxlan", "geneve", "gtp", "macsec", "wireguard", "ppp", "tun"),
    *("bond", "bridge", "dummy", "ifb", "ipvlan", "macvlan", "macvtap", "team", "veth", "vlan", "vrf"),
}


def test_every_recorded_device_as_ip_tells_it() -> None:
    rows = [told_by_probe(link) for link in links.parse_links([(_RECORDED / "kernel-links.bin").read_bytes()])]
    truth = [told_by_ip(link) for link in json.loads((_RECORDED / "kernel-links.json").read_text())]
    assert {row["kind"] for row in truth} - {None} == KINDS, "the recording lost kinds"
    assert len(rows) == len(truth)
    for row, true in zip(rows, truth, strict=True):
        assert row == true
