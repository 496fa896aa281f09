"""What the guest is given: one device of every tunnel kind, IPsec, WireGuard, and devices that are no tunnels.

Addresses are of the documentation ranges (RFC 5737, RFC 3849). The gateway is the guest's own
namespace; namespace `far` is the other end of the veth pair `veth0`.
"""

import base64
import hashlib
import json
from pathlib import Path

_FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
WIREGUARD_KEYS = json.loads((_FIXTURES / "wireguard/keys.json").read_text())
L2TP_COOKIES = json.loads((_FIXTURES / "l2tp/cookies.json").read_text())
XFRM_KEYS = json.loads((_FIXTURES / "xfrm/keys.json").read_text())

NEAR, FAR = "198.51.100.1", "198.51.100.2"
NEAR6, FAR6 = "2001:db8:1::1", "2001:db8:1::2"
HOSTILE_NAME = b"wg<i>\xe9&\"'"
BIG_PEERS = 40
BIG_ALLOWED = 300

# Those that the kernel does not load by itself when a device of theirs is asked for.
# Of mac80211_hwsim are the devices with hardware behind them, which a machine without network lacks.
MODULES = ("fou", "fou6", "tun", "ppp_generic", "pppoe", "l2tp_ppp", "mac80211_hwsim")

NAMESPACE = """
netns add far
link add veth0 type veth peer name veth0 netns far
address add 198.51.100.1/24 dev veth0
address add 2001:db8:1::1/64 dev veth0 nodad
link set lo up
link set veth0 up
route add default via 198.51.100.2
link add dev wg0 type wireguard
link add dev wgbig type wireguard
"""
NAMESPACE_FAR = """
link set lo up
address add 198.51.100.2/24 dev veth0
address add 2001:db8:1::2/64 dev veth0 nodad
link set veth0 up
link add dev wgA type wireguard
link add dev wgB type wireguard
link set wgA up
link set wgB up
"""
TUNNELS = """
link add gre1 type gre local 198.51.100.1 remote 203.0.113.10 ttl 64 key 77
link add gre2 type gre local 198.51.100.1 ttl 64
link add grefou type gre local 198.51.100.1 remote 203.0.113.11 encap fou encap-sport auto encap-dport 5555
link add gretap1 type gretap local 198.51.100.1 remote 203.0.113.12 ikey 8 okey 9
link add gretapx type gretap external
link add erspan1 type erspan seq key 9 local 198.51.100.1 remote 203.0.113.13 erspan_ver 1 erspan 123
link add ipip1 type ipip local 198.51.100.1 remote 203.0.113.14 ttl 64
link add ipipfou type ipip local 198.51.100.1 remote 203.0.113.15 encap fou encap-sport 5555 encap-dport 5556
link add ipipgue type ipip local 198.51.100.1 remote 203.0.113.16 encap gue encap-sport auto encap-dport 6080
link add sit1 type sit local 198.51.100.1 remote 203.0.113.17 ttl 64
link add ip6tnl1 type ip6tnl mode ip6ip6 local 2001:db8:1::1 remote 2001:db8:2::1
link add ipip6 type ip6tnl mode ipip6 local 2001:db8:1::1 remote 2001:db8:2::2
link add ip6gre1 type ip6gre local 2001:db8:1::1 remote 2001:db8:2::3 key 5
link add ip6gretap1 type ip6gretap local 2001:db8:1::1 remote 2001:db8:2::4
link add ip6erspan1 type ip6erspan seq key 6 local 2001:db8:1::1 remote 2001:db8:2::5 erspan_ver 1 erspan 124
link add vti1 type vti local 198.51.100.1 remote 203.0.113.18 key 42
link add vti61 type vti6 local 2001:db8:1::1 remote 2001:db8:2::6 ikey 43 okey 44
link add xfrm1 type xfrm dev veth0 if_id 0x2a
link add xfrm2 type xfrm if_id 0x2b
link add geneve1 type geneve id 100 remote 203.0.113.20 dstport 6081
link add geneve6 type geneve id 101 remote 2001:db8:3::1 dstport 6091
link add genev_sys_6082 type geneve dstport 6082 external
link add vxlan1 type vxlan id 200 local 198.51.100.1 remote 203.0.113.30 dstport 4789
link add vxlan6 type vxlan id 203 local 2001:db8:1::1 remote 2001:db8:3::2 dstport 4790
link add vxlanfdb type vxlan id 201 local 198.51.100.1 dstport 4791 nolearning
link add vxlanmc type vxlan id 202 group 239.1.1.1 dev veth0 dstport 4792
link add vxlan_sys_4793 type vxlan dstport 4793 external
link add link veth0 macsec1 type macsec sci 1
tuntap add dev tun0 mode tun
tuntap add dev tap0 mode tap
link property add dev gre1 altname wuhan-branch
link set dev gre1 alias "branch Wuhan \u6b66\u6c49"
link set gre1 up
link set vxlan1 up
"""
_COOKIE = L2TP_COOKIES["cookie"].encode().hex()
# Ethernet pseudowires: over IP with cookies, over UDP, over UDP and IPv6, renamed, moved, and a tunnel without any.
L2TP = f"""
l2tp add tunnel tunnel_id 3000 peer_tunnel_id 4000 encap ip local 198.51.100.1 remote 203.0.113.40
l2tp add session tunnel_id 3000 session_id 1000 peer_session_id 2000 cookie {_COOKIE} peer_cookie {_COOKIE}
l2tp add tunnel tunnel_id 3001 peer_tunnel_id 4001 local 198.51.100.1 remote 203.0.113.42 udp_sport 5000 udp_dport 6000
l2tp add session name lan-branch tunnel_id 3001 session_id 1001 peer_session_id 2001
l2tp add session name madeas0 tunnel_id 3001 session_id 1002 peer_session_id 2002
l2tp add session name moved0 tunnel_id 3001 session_id 1003 peer_session_id 2003
l2tp add tunnel tunnel_id 3002 peer_tunnel_id 4002 udp_sport 5001 udp_dport 6001 local {NEAR6} remote 2001:db8:1::42
l2tp add session name sixth0 tunnel_id 3002 session_id 1004 peer_session_id 2004
l2tp add tunnel tunnel_id 3003 peer_tunnel_id 4003 encap ip local 198.51.100.1 remote 203.0.113.43
link set dev madeas0 name renamed0
link set dev moved0 netns far
"""
# What wg-quick does for all addresses, for one: packets to it enter wg0, save those that wg0 itself sends.
FULL_TUNNEL = """
rule add priority 100 to 192.0.2.9 fwmark 51820 table main
rule add priority 101 to 192.0.2.9 table 51820
route add 192.0.2.9 dev wg0 table 51820
"""
NO_TUNNELS = """
link add bond0 type bond
link add dummy0 type dummy
link add br0 type bridge
link add vrf-a type vrf table 10
link add ifb9 type ifb
link add link veth0 name veth0.300 type vlan id 300
link add dummy1 type dummy
link add link dummy1 name macvlan1 type macvlan mode bridge
link add link dummy1 name macvtap1 type macvtap mode bridge
link add link dummy0 name ipvlan1 type ipvlan
link add tun1 type veth peer name eth7
link add team0 type team
link set tap0 master br0
link set dummy0 up
"""


def hexadecimal(text: str) -> str:
    """Return `text` as the hexadecimal number that iproute2 takes for a key."""
    return "0x" + text.encode().hex()


def xfrm() -> str:
    """Return states and policies of IPsec as an iproute2 batch.

    The last state is what IKE leaves while it negotiates: a number reserved, no key yet.
    """
    authentication = f"auth-trunc hmac(sha256) {hexadecimal(XFRM_KEYS['authentication'])} 128"
    cbc = f"{authentication} enc cbc(aes) {hexadecimal(XFRM_KEYS['encryption'])}"
    gcm = f"aead rfc4106(gcm(aes)) {hexadecimal(XFRM_KEYS['aead'])} 128"
    state, policy = "xfrm state add src", "xfrm policy add src"
    out, back = f"tmpl src {NEAR} dst", f"dst {NEAR} proto"
    return f"""
{state} {NEAR} dst 203.0.113.50 proto esp spi 0x1001 reqid 1 mode tunnel {cbc}
{state} 203.0.113.50 {back} esp spi 0x1002 reqid 1 mode tunnel {cbc}
{state} {NEAR} dst 203.0.113.51 proto esp spi 0x1003 reqid 2 mode tunnel {gcm} encap espinudp 4500 4501 0.0.0.0
{state} 203.0.113.51 {back} esp spi 0x1004 reqid 2 mode tunnel {gcm} encap espinudp 4501 4500 0.0.0.0
{state} {NEAR} dst 203.0.113.52 proto esp spi 0x1005 reqid 3 mode tunnel {gcm} if_id 0x2a
{state} {NEAR} dst 203.0.113.53 proto esp spi 0x1006 reqid 4 mode transport replay-window 128 flag esn {cbc}
{state} {NEAR6} dst 2001:db8:2::50 proto esp spi 0x1007 reqid 5 mode tunnel {gcm}
{state} {NEAR} dst 203.0.113.54 proto ah spi 0x1008 reqid 6 mode tunnel {authentication}
{state} {NEAR} dst 203.0.113.55 proto comp spi 0x1009 reqid 7 mode tunnel comp deflate
{state} {NEAR} dst 203.0.113.56 proto esp spi 0x100a reqid 8 mode beet {cbc}
{state} {NEAR} dst 203.0.113.58 proto esp spi 0x100b reqid 10 mode tunnel {gcm} if_id 0x2c
xfrm state allocspi src 203.0.113.57 {back} esp reqid 9 mode tunnel min 0x200 max 0x2ff
{policy} 10.0.0.0/24 dst 10.50.0.0/16 dir out {out} 203.0.113.50 proto esp reqid 1 mode tunnel
{policy} 10.50.0.0/16 dst 10.0.0.0/24 dir in tmpl src 203.0.113.50 {back} esp reqid 1 mode tunnel
{policy} 10.50.0.0/16 dst 10.0.0.0/24 dir fwd tmpl src 203.0.113.50 {back} esp reqid 1 mode tunnel
{policy} 0.0.0.0/0 dst 0.0.0.0/0 dir out if_id 0x2a {out} 203.0.113.52 proto esp reqid 3 mode tunnel
{policy} 2001:db8:a::/48 dst 2001:db8:b::/48 dir out {out} 203.0.113.51 proto esp reqid 2 mode tunnel
{policy} 10.6.0.0/16 dst 10.7.0.0/16 dir out tmpl src {NEAR6} dst 2001:db8:2::50 proto esp reqid 5 mode tunnel
{policy} {NEAR}/32 dst 203.0.113.53/32 dir out tmpl proto esp reqid 4 mode transport
{policy} 10.8.0.0/16 dst 10.9.0.0/16 dir out {out} 203.0.113.55 proto comp reqid 7 mode tunnel tmpl proto esp reqid 7
{policy} 192.0.2.0/24 dst 192.0.2.0/24 dir out action block
{policy} 192.0.2.64/26 dst 192.0.2.128/26 dir fwd priority 10
"""


def public_key(number: int) -> str:
    """Return the public key of filler peer `number`: any 32 bytes are one."""
    return base64.b64encode(hashlib.sha256(b"peer %d" % number).digest()).decode()


def wireguard() -> dict[str, tuple[str, str]]:
    """Return for each device its namespace ("" the gateway's own) and its configuration for wg(8)."""
    key = {name: base64.b64encode(text.encode()).decode() for name, text in WIREGUARD_KEYS["private"].items()}
    public = WIREGUARD_KEYS["public"]
    preshared = base64.b64encode(WIREGUARD_KEYS["preshared"]["wgA"].encode()).decode()
    near = [
        f"[Interface]\nPrivateKey={key['wg0']}\nListenPort=51820\nFwMark=51820",
        f"[Peer]\nPublicKey={public['wgA']}\nPresharedKey={preshared}\nEndpoint={FAR}:51821"
        "\nAllowedIPs=10.1.0.0/24,10.1.1.0/24\nPersistentKeepalive=5",
        f"[Peer]\nPublicKey={public['wgB']}\nEndpoint=[{FAR6}]:51822"
        "\nAllowedIPs=fd00:b::/64,10.2.0.0/16\nPersistentKeepalive=5",
        f"[Peer]\nPublicKey={public['absent1']}\nAllowedIPs=10.3.0.1/32",
        f"[Peer]\nPublicKey={public['absent2']}\nEndpoint=192.0.2.9:51820",
    ]
    peer = f"[Peer]\nPublicKey={public['wg0']}\nAllowedIPs=0.0.0.0/0"
    many = [f"10.{100 + n // 250}.{n % 250}.0/24" for n in range(BIG_ALLOWED)]
    big = [f"[Interface]\nPrivateKey={key['wgbig']}\nListenPort=51830"]
    for number in range(BIG_PEERS):
        allowed = many if number == 20 else [f"fd00:c:{number:x}::/48"]
        big.append(
            f"[Peer]\nPublicKey={public_key(number)}\nPresharedKey={preshared}"
            f"\nEndpoint=192.0.2.{number + 1}:5000\nAllowedIPs={','.join(allowed)}"
        )
    return {
        "wgA": ("far", f"[Interface]\nPrivateKey={key['wgA']}\nListenPort=51821\n{peer}\nPresharedKey={preshared}\n"),
        "wgB": ("far", f"[Interface]\nPrivateKey={key['wgB']}\nListenPort=51822\n{peer}\n"),
        "wg0": ("", "\n".join(near) + "\n"),
        "wgbig": ("", "\n".join(big) + "\n"),
    }
