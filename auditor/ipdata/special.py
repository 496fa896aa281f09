"""Networks that the IANA registries of special-purpose addresses list, and others that RFCs set aside; data.

Of each: prefix, value of the fact `remote_address_class`, what it is for, and who says so. None of them says where an
address is: whoever uses one is somewhere else, or everywhere.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from auditor.model.text import Text


class Special(NamedTuple):
    """One special network; a smaller one inside a larger one goes before it."""

    prefix: IPv4Network | IPv6Network
    class_: str
    what: Text
    source: str


_ROWS = (
    ("0.0.0.0/8", "public", "this network", "本网络", "RFC 791"),
    ("10.0.0.0/8", "private", "private use", "私有地址", "RFC 1918"),
    ("100.64.0.0/10", "cgnat", "shared space behind carrier-grade NAT", "运营商级NAT共享地址", "RFC 6598"),
    ("127.0.0.0/8", "private", "loopback", "环回地址", "RFC 1122"),
    ("169.254.0.0/16", "link_local", "link-local", "链路本地地址", "RFC 3927"),
    ("172.16.0.0/12", "private", "private use", "私有地址", "RFC 1918"),
    ("192.0.0.0/24", "public", "IETF protocol assignments", "IETF协议专用地址", "RFC 6890"),
    (
        "192.0.0.0/29",
        "private",
        "link of DS-Lite or 464XLAT",
        "DS-Lite／464XLAT链路地址",
        "RFC 7335",
    ),
    ("192.0.0.8/32", "public", "dummy address", "占位地址", "RFC 7600"),
    ("192.0.0.9/32", "anycast", "Port Control Protocol, anycast", "PCP任播地址", "RFC 7723"),
    ("192.0.0.10/32", "anycast", "relays for NAT traversal (TURN), anycast", "TURN任播地址", "RFC 8155"),
    ("192.0.0.170/31", "public", "discovery of NAT64", "NAT64发现地址", "RFC 7050"),
    ("192.0.2.0/24", "public", "documentation", "文档示例地址", "RFC 5737"),
    ("192.31.196.0/24", "anycast", "AS112 (DNS), anycast", "AS112任播地址", "RFC 7535"),
    ("192.52.193.0/24", "anycast", "relays of multicast tunnels (AMT), anycast", "AMT中继任播地址", "RFC 7450"),
    ("192.88.99.0/24", "anycast", "relays of 6to4, anycast", "6to4中继任播地址", "RFC 7526"),
    ("192.168.0.0/16", "private", "private use", "私有地址", "RFC 1918"),
    ("192.175.48.0/24", "anycast", "AS112 (DNS), anycast", "AS112任播地址", "RFC 7534"),
    (
        "198.18.0.0/15",
        "public",
        "benchmarks; made-up addresses of proxies",
        "基准测试（代理亦作虚构地址）",
        "RFC 2544",
    ),
    ("198.51.100.0/24", "public", "documentation", "文档示例地址", "RFC 5737"),
    ("203.0.113.0/24", "public", "documentation", "文档示例地址", "RFC 5737"),
    ("224.0.0.0/4", "public", "multicast", "组播地址", "RFC 5771"),
    ("240.0.0.0/4", "public", "reserved", "保留地址", "RFC 1112"),
    ("255.255.255.255/32", "public", "broadcast", "广播地址", "RFC 919"),
    ("::/128", "public", "no address", "未指定地址", "RFC 4291"),
    ("::1/128", "private", "loopback", "环回地址", "RFC 4291"),
    ("64:ff9b:1::/48", "private", "NAT64 of a local network", "本地NAT64前缀", "RFC 8215"),
    ("100::/64", "public", "discard only", "丢弃专用地址", "RFC 6666"),
    ("100:0:0:1::/64", "public", "dummy prefix", "占位前缀", "RFC 9780"),
    (
        "200::/7",
        "public",
        "reserved; Yggdrasil uses it",
        "保留地址（Yggdrasil使用）",
        "RFC 4048",
    ),
    ("2001::/23", "public", "IETF protocol assignments", "IETF协议专用地址", "RFC 2928"),
    ("2001:1::1/128", "anycast", "Port Control Protocol, anycast", "PCP任播地址", "RFC 7723"),
    ("2001:1::2/128", "anycast", "relays for NAT traversal (TURN), anycast", "TURN任播地址", "RFC 8155"),
    ("2001:1::3/128", "anycast", "registration of services in DNS, anycast", "DNS-SD服务注册任播地址", "RFC 9665"),
    ("2001:2::/48", "public", "benchmarks", "基准测试地址", "RFC 5180"),
    ("2001:3::/32", "anycast", "relays of multicast tunnels (AMT), anycast", "AMT中继任播地址", "RFC 7450"),
    ("2001:4:112::/48", "anycast", "AS112 (DNS), anycast", "AS112任播地址", "RFC 7535"),
    ("2001:10::/28", "public", "hash identifiers (ORCHID), given up", "ORCHID标识（已废弃）", "RFC 4843"),
    ("2001:20::/28", "public", "hash identifiers (ORCHIDv2)", "ORCHIDv2标识", "RFC 7343"),
    ("2001:30::/28", "public", "entity tags of drones", "无人机实体标签", "RFC 9374"),
    ("2001:db8::/32", "public", "documentation", "文档示例地址", "RFC 3849"),
    ("2620:4f:8000::/48", "anycast", "AS112 (DNS), anycast", "AS112任播地址", "RFC 7534"),
    ("3fff::/20", "public", "documentation", "文档示例地址", "RFC 9637"),
    ("5f00::/16", "public", "segment identifiers of SRv6", "SRv6段标识", "RFC 9602"),
    ("fc00::/7", "ula", "unique local", "唯一本地地址", "RFC 4193"),
    ("fe80::/10", "link_local", "link-local", "链路本地地址", "RFC 4291"),
    ("fec0::/10", "private", "site-local, given up", "站点本地地址（已废弃）", "RFC 3879"),
    ("ff00::/8", "public", "multicast", "组播地址", "RFC 4291"),
)
SPECIAL = tuple(Special(ip_network(prefix), class_, Text(en, zh), source) for prefix, class_, en, zh, source in _ROWS)

# What an IPv6 address can be that only stands for an IPv4 one: packets go to that one.
FORMS = {
    "mapped": (Text("IPv4-mapped", "IPv4映射地址"), "RFC 4291"),
    "compatible": (Text("IPv4-compatible, of an automatic tunnel", "IPv4兼容地址（自动隧道）"), "RFC 4291"),
    "nat64": (Text("NAT64", "NAT64地址"), "RFC 6052"),
    "6to4": (Text("6to4", "6to4地址"), "RFC 3056"),
    "teredo": (Text("Teredo client", "Teredo客户端"), "RFC 4380"),
}
