"""Forms of network values: prefixes, addresses, host and interface names, key identities."""

import base64
import binascii
import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from auditor.config.forms import Form, pattern, text_of
from auditor.config.words import Wrong, show
from auditor.model.register import Network

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}\.?")
_DIGEST = re.compile(r"[0-9A-Fa-f]{64}|(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}")
_WIREGUARD = r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="


def _parse_prefix(value: object) -> Network:
    """Return `value` as a network; raises Wrong, also when bits are set beyond the prefix length."""
    words = text_of(value, 'a prefix such as "198.51.100.0/24"')
    address, slash, length = words.partition("/")
    if "%" in words or len(words) > 60 or (slash and not (length.isascii() and length.isdigit())):
        raise Wrong(f'{show(words)} is not a prefix such as "198.51.100.0/24" or "2001:db8::/32"')
    try:
        network = ip_network(words, strict=False)
    except ValueError:
        raise Wrong(f'{show(words)} is not a prefix such as "198.51.100.0/24" or "2001:db8::/32"') from None
    if network.network_address != ip_address(address):
        whole = f"{address}/{network.max_prefixlen}"
        raise Wrong(
            f"{show(words)} has bits set beyond /{length} (did you mean {network}, or {whole} for one address?)"
        )
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        raise Wrong(f"{show(words)} is an IPv4 prefix in IPv6 form; write it as IPv4")
    return network


def _parse_address(value: object) -> str:
    """Return `value` as canonical text of an address; raises Wrong."""
    words = text_of(value, 'an IP address such as "192.0.2.1"')
    if "%" in words:
        raise Wrong(f"{show(words)} names an interface; leave out % and what follows, the interface has its own key")
    try:
        address: IPv4Address | IPv6Address = ip_address(words)
    except ValueError:
        hint = " (leave out the prefix length)" if "/" in words else ""
        raise Wrong(f'{show(words)} is not an IP address such as "192.0.2.1"{hint}') from None
    if address.is_unspecified or address.is_multicast:
        raise Wrong(f"{show(words)} is not the address of one router")
    return str(address)


def _parse_host(value: object) -> str:
    """Return `value` as a host name in lower case without a final dot; raises Wrong."""
    words = text_of(value, "a host name")
    if not words.isascii():
        raise Wrong(f"{show(words)} is not a host name in ASCII; write an internationalised name in its xn-- form")
    name = words.lower().removesuffix(".")
    if len(name) > 253 or not _HOST.fullmatch(name):
        raise Wrong(f"{show(words)} is not a host name")
    if name.rpartition(".")[2].isdigit():
        raise Wrong(f"{show(words)} is an address, not a host name; addresses belong in the keys for prefixes")
    return name


def _parse_wireguard_key(value: object) -> str:
    """Return `value` if it has the form of a WireGuard public key; raises Wrong without quoting it."""
    words = text_of(value, "a WireGuard public key")
    problem = "is not a WireGuard public key: 44 characters of base64 that stand for 32 bytes (wg show INTERFACE peers)"
    try:
        decoded = base64.b64decode(words.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise Wrong(problem) from None
    if len(decoded) != 32 or base64.b64encode(decoded).decode("ascii") != words:
        raise Wrong(problem)
    return words


def _parse_fingerprint(value: object) -> str:
    """Return `value` as 64 lower-case hexadecimal digits; raises Wrong without quoting it."""
    words = text_of(value, "a SHA-256 fingerprint")
    if not _DIGEST.fullmatch(words):
        raise Wrong("is not a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons between bytes")
    return words.replace(":", "").lower()


def _parse_interface(value: object) -> str:
    """Return `value` if the kernel would accept it as a device name (dev_valid_name, IFNAMSIZ); raises Wrong."""
    words = text_of(value, "the name of a network interface")
    size = len(words.encode("utf-8"))
    if not 1 <= size <= 15 or words in (".", "..") or not words.isprintable() or re.search(r"[/:\s]", words):
        raise Wrong(f"{show(words)} is not the name of a network interface (1 to 15 bytes, no space, slash or colon)")
    return words


PREFIX = Form(parse=_parse_prefix, schema={"type": "string", "pattern": r"^[0-9A-Fa-f:.]{2,45}(?:/[0-9]{1,3})?$"})
ADDRESS = Form(parse=_parse_address, schema={"type": "string", "pattern": r"^[0-9A-Fa-f:.]{2,45}$"})
HOST = Form(parse=_parse_host, schema={"type": "string", "pattern": f"^{_HOST.pattern}$", "maxLength": 254})
WIREGUARD_KEY = Form(parse=_parse_wireguard_key, schema={"type": "string", "pattern": f"^{_WIREGUARD}$"})
FINGERPRINT = Form(parse=_parse_fingerprint, schema={"type": "string", "pattern": f"^(?:{_DIGEST.pattern})$"})
INTERFACE = Form(
    parse=_parse_interface, schema={"type": "string", "pattern": r"^[^/:\s]+$", "minLength": 1, "maxLength": 15}
)
EXECUTABLE = pattern(r"/[^\x00-\x1f\x7f]+", "the full path of an executable, such as /usr/sbin/openvpn", most=4000)
