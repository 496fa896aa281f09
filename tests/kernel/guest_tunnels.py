"""Every tunnel that a stock kernel makes by itself, one after the other between two namespaces, for recordings.

Each kind has an ip(8) batch for the near and the far end (`{me}`, `{peer}` outer addresses, 6 for IPv6), and an inner
address that answers through it. `shows` are protocols of auditor/data/protocols.toml that packets must show between the
outer addresses; `also` may be told too.
"""

from dataclasses import dataclass

NEAR, FAR = "198.51.100.1", "203.0.113.9"
NEAR6, FAR6 = "2001:db8:1::1", "2001:db8:2::9"
INNER, INNER6 = "10.9.0.{n}", "fd00:9::{n}"
MODULES = (
    "wireguard",
    "ip_gre",
    "ip6_gre",
    "ipip",
    "sit",
    "ip6_tunnel",
    "ip_vti",
    "ip6_vti",
    "xfrm_interface",
    "esp4",
    "esp6",
    "ah4",
    "ah6",
    "xfrm_user",
    "vxlan",
    "geneve",
    "fou",
    "fou6",
    "l2tp_netlink",
    "l2tp_eth",
    "l2tp_ip",
    "l2tp_ip6",
    "mpls_router",
    "mpls_iptunnel",
    "mpls_gso",
    "gtp",
    "8021q",
    "esp4_offload",
)
_ADDRESS = "address add 10.9.0.{own}/24 dev gw0\nlink set gw0 up"
_ADDRESS6 = "address add fd00:9::{own}/64 dev gw0 nodad\nlink set gw0 up"
_AUTH = "auth-trunc hmac(sha256) 0x" + "61" * 32 + " 128"
_CBC = _AUTH + " enc cbc(aes) 0x" + "62" * 32
_GCM = "aead rfc4106(gcm(aes)) 0x" + "63" * 36 + " 128"
_SELECTED = "address add 10.9.{own}.1/32 dev lo\nroute add 10.9.{other}.0/24 via {gate} dev veth0 src 10.9.{own}.1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of tunnel; `both` is a batch for either end, `near` and `far` for one more."""

    name: str
    both: str = ""
    near: str = ""
    far: str = ""
    inner: str = "10.9.0.2"
    shows: tuple[str, ...]
    also: tuple[str, ...] = ()
    six: bool = False
    sends_only: bool = False
    """Nobody answers: the far end cannot take it."""
    encapsulated: bool = False
    """ESP in UDP: both ends need a socket that takes it."""


def _device(name: str, made: str, *shows: str, six: bool = False, inner6: bool = False, **more: object) -> Kind:
    """Return a kind whose device is made alike at both ends."""
    both = f"link add name gw0 type {made}\n{_ADDRESS6 if inner6 else _ADDRESS}"
    inner = "fd00:9::2" if inner6 else "10.9.0.2"
    return Kind(name=name, both=both, inner=inner, shows=shows, six=six, **more)  # type: ignore[arg-type]


def _ipsec(name: str, mode: str, made: str, *shows: str, six: bool = False, **more: object) -> Kind:
    """Return IPsec by policies, both ends with the same associations."""
    me, peer = ("{me6}", "{peer6}") if six else ("{me}", "{peer}")
    whole = mode == "transport"
    mine, theirs = (me, peer) if whole else ("10.9.{own}.0/24", "10.9.{other}.0/24")
    ends = "" if whole else f"src {me} dst {peer} "
    back = "" if whole else f"src {peer} dst {me} "
    proto = "ah" if name.startswith("ah") else "esp"
    extra = str(more.pop("extra", ""))
    both = f"""{"" if whole else _SELECTED}
xfrm state add src {me} dst {peer} proto {proto} spi 0x1{{own}}01 reqid 1 mode {mode} {made} {extra}
xfrm state add src {peer} dst {me} proto {proto} spi 0x1{{other}}01 reqid 1 mode {mode} {made} {extra}
xfrm policy add src {mine} dst {theirs} dir out tmpl {ends}proto {proto} reqid 1 mode {mode}
xfrm policy add src {theirs} dst {mine} dir in tmpl {back}proto {proto} reqid 1 mode {mode}"""
    inner = (FAR6 if six else FAR) if whole else "10.9.2.1"
    return Kind(name=name, both=both, inner=inner, shows=shows, six=six, **more)  # type: ignore[arg-type]


_GRE, _GRE6 = "gre local {me} remote {peer} ttl 64", "ip6gre local {me6} remote {peer6}"
_VTI = f"""xfrm state add src {{me}} dst {{peer}} proto esp spi 0x2{{own}}01 reqid 2 mode tunnel mark 7 {_GCM}
xfrm state add src {{peer}} dst {{me}} proto esp spi 0x2{{other}}01 reqid 2 mode tunnel mark 7 {_GCM}
xfrm policy add dir out mark 7 tmpl src {{me}} dst {{peer}} proto esp reqid 2 mode tunnel
xfrm policy add dir in mark 7 tmpl src {{peer}} dst {{me}} proto esp reqid 2 mode tunnel
link add name gw0 type vti local {{me}} remote {{peer}} key 7
{_ADDRESS}"""
_IF, _ANY9 = "if_id 9 flag af-unspec", "src 10.9.0.0/24 dst 10.9.0.0/24"
_XFRMI = f"""xfrm state add src {{me6}} dst {{peer6}} proto esp spi 0x3{{own}}01 reqid 3 mode tunnel {_IF} {_CBC}
xfrm state add src {{peer6}} dst {{me6}} proto esp spi 0x3{{other}}01 reqid 3 mode tunnel {_IF} {_CBC}
xfrm policy add {_ANY9} dir out if_id 9 tmpl src {{me6}} dst {{peer6}} proto esp reqid 3 mode tunnel
xfrm policy add {_ANY9} dir in if_id 9 tmpl src {{peer6}} dst {{me6}} proto esp reqid 3 mode tunnel
link add name gw0 type xfrm dev veth0 if_id 9
{_ADDRESS}"""
_FOU = (
    "fou add port 5555 ipproto {proto}\nlink add name gw0 type {kind} local {{me}} remote {{peer}} ttl 64 "
    "encap fou encap-sport {sport} encap-dport 5555\n"
)
_GUE = (
    "fou add port 6080 gue\nlink add name gw0 type {kind} local {{me}} remote {{peer}} ttl 64 "
    "encap gue encap-sport auto encap-dport 6080\n"
)
_L2TP = (
    """l2tp add tunnel tunnel_id 10{own} peer_tunnel_id 10{other} local {local} remote {remote} encap {how}
l2tp add session name gw0 tunnel_id 10{own} session_id 20{own} peer_session_id 20{other}{cookie}
"""
    + _ADDRESS
)
_L2TP_UDP = "udp udp_sport 1701 udp_dport 1701"
_COOKIE = " cookie 0123456789abcdef peer_cookie 0123456789abcdef"
_SIX_TO_FOUR = """link add name gw0 type sit local {me} ttl 64
address add 2002:{hex}::1/16 dev gw0
link set gw0 up"""


def _l2tp(name: str, how: str, *, six: bool = False, cookie: str = "") -> Kind:
    """Return an Ethernet pseudowire of L2TPv3."""
    local, remote = ("{me6}", "{peer6}") if six else ("{me}", "{peer}")
    both = _L2TP.replace("{local}", local).replace("{remote}", remote).replace("{how}", how).replace("{cookie}", cookie)
    return Kind(name=name, both=both, shows=("l2tpv3",), six=six)


def _labels(name: str, made: str, shows: str) -> Kind:
    """Return MPLS in something: both ends know their own label."""
    both = f"{made}\nlink set gw0 up\naddress add 10.9.0.{{own}}/32 dev lo"
    route = "route add 10.9.0.{other}/32 encap mpls 10{other} dev gw0"
    return Kind(name=name, both=f"{both}\n{route}", shows=(shows,))


KINDS: tuple[Kind, ...] = (
    Kind(name="wireguard", both="link add name gw0 type wireguard\n" + _ADDRESS, shows=("wireguard",)),
    _device("gre", _GRE, "gre"),
    _device("gre-key", _GRE + " key 77", "gre"),
    _device("gre-all", _GRE + " key 78 seq csum", "gre"),
    _device("gre-inner6", _GRE, "gre", inner6=True),
    _device("gretap", "gretap local {me} remote {peer}", "gre"),
    _device("nvgre", "gretap local {me} remote {peer} key 5001", "gre"),
    _device("erspan1", "erspan seq key 9 local {me} remote {peer} erspan_ver 1 erspan 123", "erspan"),
    _device(
        "erspan2", "erspan seq key 9 local {me} remote {peer} erspan_ver 2 erspan_dir egress erspan_hwid 7", "erspan"
    ),
    _device("ip6gre", _GRE6, "gre", six=True),
    _device("ip6gre-key", _GRE6 + " key 79", "gre", six=True),
    _device("ip6gretap", "ip6gretap local {me6} remote {peer6}", "gre", six=True),
    _device("ip6erspan", "ip6erspan seq key 6 local {me6} remote {peer6} erspan_ver 1 erspan 124", "erspan", six=True),
    _device("ipip", "ipip local {me} remote {peer} ttl 64", "ipip"),
    _device("sit", "sit local {me} remote {peer} ttl 64", "6in4", inner6=True),
    Kind(
        name="6to4",
        both=_SIX_TO_FOUR,
        inner="2002:cb00:7109::1",
        near="route add default via 203.0.113.254 dev veth0",
        shows=("6in4",),
    ),
    Kind(
        name="isatap",
        both="tunnel add gw0 mode isatap local {me} ttl 64\naddress add fd00:9::5efe:{hex}/64 dev gw0 nodad\n"
        "link set gw0 up",
        inner="fd00:9::5efe:cb00:7109",
        shows=("6in4",),
    ),
    _device("4in6", "ip6tnl mode ipip6 local {me6} remote {peer6}", "4in6", six=True),
    _device("6in6", "ip6tnl mode ip6ip6 local {me6} remote {peer6}", "6in6", six=True, inner6=True),
    _device("vxlan", "vxlan id 200 local {me} remote {peer} dstport 4789", "vxlan"),
    _device("vxlan-port", "vxlan id 200 local {me} remote {peer} dstport 14789", "vxlan"),
    _device("vxlan6", "vxlan id 201 local {me6} remote {peer6} dstport 4789", "vxlan", six=True),
    Kind(
        name="vxlan-gpe",
        both="link add name gw0 type vxlan dstport 4790 gpe external\n"
        + _ADDRESS
        + "\nroute add 10.8.{other}.0/24 encap ip id 300 dst {peer} dev gw0\naddress add 10.8.{own}.1/32 dev lo",
        inner="10.8.2.1",
        shows=("vxlan-gpe",),
    ),
    _device("geneve", "geneve id 100 remote {peer}", "geneve"),
    _device("geneve6", "geneve id 101 remote {peer6}", "geneve", six=True),
    Kind(name="fou-ipip", both=_FOU.format(proto=4, kind="ipip", sport=5555) + _ADDRESS, shows=("fou",)),
    Kind(name="fou-gre", both=_FOU.format(proto=47, kind="gre", sport=5555) + _ADDRESS, shows=("fou",)),
    Kind(
        name="fou-sit",
        both=_FOU.format(proto=41, kind="sit", sport=5555) + _ADDRESS6,
        inner="fd00:9::2",
        shows=("fou",),
    ),
    Kind(name="gue-ipip", both=_GUE.format(kind="ipip") + _ADDRESS, shows=("gue",)),
    Kind(name="gue-gre", both=_GUE.format(kind="gre") + _ADDRESS, shows=("gue",)),
    Kind(
        name="gre-in-udp",
        both="fou add port 4754 ipproto 47\nlink add name gw0 type gre local {me} remote {peer} ttl 64 "
        "encap fou encap-sport auto encap-dport 4754\n" + _ADDRESS,
        shows=("gre-in-udp",),
    ),
    _labels("mpls-in-ip", "link add name gw0 type ipip mode mplsip local {me} remote {peer} ttl 64", "mpls-in-ip"),
    _labels(
        "mpls-in-udp",
        "fou add port 6635 ipproto 137\nlink add name gw0 type ipip mode mplsip local {me} remote {peer} ttl 64 "
        "encap fou encap-sport auto encap-dport 6635",
        "mpls-in-udp",
    ),
    _labels("mpls-in-gre", "link add name gw0 type gre local {me} remote {peer} ttl 64", "gre"),
    _ipsec("esp-tunnel", "tunnel", _CBC, "esp"),
    _ipsec("esp-transport", "transport", _GCM, "esp"),
    _ipsec("esp6-transport", "transport", _CBC, "esp", six=True),
    _ipsec("esp-udp", "tunnel", _GCM, "esp-udp", extra="encap espinudp 4500 4500 0.0.0.0", encapsulated=True),
    _ipsec("ah-tunnel", "tunnel", _AUTH, "ah"),
    _ipsec("ah-transport", "transport", _AUTH, "ah"),
    _ipsec("ah6-transport", "transport", _AUTH, "ah", six=True),
    Kind(name="vti", both=_VTI, shows=("esp",)),
    Kind(name="xfrm-interface", both=_XFRMI, shows=("esp",), six=True),
    _l2tp("l2tpv3-udp", _L2TP_UDP),
    _l2tp("l2tpv3-udp6", _L2TP_UDP, six=True),
    _l2tp("l2tpv3-ip", "ip", cookie=_COOKIE),
    _l2tp("l2tpv3-ip6", "ip", six=True),
    Kind(
        name="srv6-encap",
        near="route add fd00:9::2/128 encap seg6 mode encap segs 2001:db8:2::f dev veth0\n"
        "neigh add 2001:db8:2::f lladdr 02:00:00:00:00:02 dev veth0",
        far="route add 2001:db8:2::f/128 encap seg6local action End.DT6 table 254 dev veth0\n"
        "address add fd00:9::2/128 dev lo",
        inner="fd00:9::2",
        shows=("srv6",),
        six=True,
    ),
    Kind(
        name="srv6-encap-4",
        near="route add 10.9.0.2/32 encap seg6 mode encap segs 2001:db8:2::e,2001:db8:2::f dev veth0\n"
        "neigh add 2001:db8:2::e lladdr 02:00:00:00:00:02 dev veth0",
        inner="10.9.0.2",
        shows=("srv6",),
        six=True,
        sends_only=True,
    ),
    Kind(
        name="srv6-inline",
        near="route add fd00:9::2/128 encap seg6 mode inline segs 2001:db8:2::9 dev veth0",
        inner="fd00:9::2",
        shows=("srv6",),
        six=True,
        sends_only=True,
    ),
    Kind(
        name="gtp",
        near="link add name gw0 type gtp role ggsn\nlink set gw0 up\nroute add 10.90.0.0/24 dev gw0\n"
        "neigh add 203.0.113.75 lladdr 02:00:00:00:00:02 dev veth0",
        inner="10.90.0.1",
        shows=("gtp-u",),
        sends_only=True,
    ),
    Kind(
        name="qinq-gre",
        both="link add link veth0 name outer type vlan proto 802.1ad id 100\n"
        "link add link outer name inner type vlan id 200\nlink set outer up\nlink set inner up\n"
        "address add 192.0.2.{own}/24 dev inner\n"
        "link add name gw0 type gre local 192.0.2.{own} remote 192.0.2.{other} ttl 64\n" + _ADDRESS,
        shows=("gre",),
    ),
)
