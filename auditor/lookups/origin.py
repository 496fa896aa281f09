"""Team Cymru's IP to ASN service over DNS: the names it answers to, and what its records say; pure.

``31.108.90.216.origin.asn.cymru.com TXT "3561 | 216.88.0.0/14 | US | arin | 1998-09-25"``. An address that is
announced in several prefixes has a record for each, a prefix with several origins lists them in the first field.
Countries in it are those of registries and no places, so they are not read.
"""

from ipaddress import ip_network

from auditor.model.address import Address

_AS_NUMBERS = 1 << 32


def question_name(address: Address, zone4: str, zone6: str) -> str:
    """Return the name that answers for `address`: its bytes or nibbles reversed, below the zone of its family."""
    zone = zone4 if address.version == 4 else zone6
    reverse = address.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
    return f"{reverse}.{zone}"


def longest(records: tuple[str, ...], address: Address) -> tuple[tuple[int, ...], str | None]:
    """Return the origins, in order, and the prefix of the longest prefix in `records` that holds `address`.

    Records of another form, or of prefixes that do not hold it, say nothing. Two records of one prefix are one.
    """
    found: dict[str, set[int]] = {}
    for record in records:
        parts = [part.strip() for part in record.split("|")]
        prefix = _prefix(parts[1], address) if len(parts) > 1 else None
        numbers = {int(text) for text in parts[0].split() if _is_number(text)}
        if prefix and numbers:
            found.setdefault(prefix, set()).update(numbers)
    if not found:
        return (), None
    best = max(found, key=lambda prefix: ip_network(prefix).prefixlen)
    return tuple(sorted(found[best])), best


def _prefix(text: str, address: Address) -> str | None:
    """Return the prefix `text` in its canonical form, None if it is none or does not hold `address`."""
    try:
        network = ip_network(text)
    except ValueError:
        return None
    return str(network) if network.version == address.version and address in network else None


def _is_number(text: str) -> bool:
    """Return whether `text` is an AS number (RFC 6793)."""
    return text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) < _AS_NUMBERS
