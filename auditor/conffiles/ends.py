"""Values of configuration files that have to have a certain form: hosts, devices, keys, prefixes; else None.

Stricter than `auditor.formats.hosts`, as a value of another form is told of. It is never repeated: a password in
the wrong place is no host name.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_interface, ip_network

from auditor.formats.hosts import cut
from auditor.formats.hosts import port as port
from auditor.model.rows import NamedEnd

_HOST = re.compile(r"[^\W_](?:[\w-]{0,61}\w)?(?:\.\w(?:[\w-]{0,61}\w)?)*\.?")  # RFC 1123, and IDNA before encoding
_HOST_CHARACTERS = 253
_DEVICE = re.compile(r"[^\s/\x00:]{1,15}")  # dev_valid_name() of the kernel
_KEY = re.compile(r"[A-Za-z0-9+/]{43}=")
_PREFIXES_LIMIT = 256


def host(value: str | None) -> str | None:
    """Return `value` as canonical address, or as the host name it is; None for anything else."""
    value = (value or "").strip()
    try:
        address = ip_address(value.removeprefix("[").removesuffix("]"))
    except ValueError:
        fits = len(value) <= _HOST_CHARACTERS and _HOST.fullmatch(value)
        return value if fits and not value.rstrip(".").rpartition(".")[2].isdigit() else None  # RFC 3696, 2
    return None if address.is_unspecified else str(address)


def address(value: str | None) -> str | None:
    """Return `value`, an address with or without a prefix length, as canonical address; None for anything else."""
    try:
        found = ip_interface((value or "").strip()).ip
    except ValueError:
        return None
    return None if found.is_unspecified else str(found)


def with_port(value: str | None, transport: str | None, default: int | None = None) -> NamedEnd | None:
    """Return "HOST", "HOST:PORT", "[ADDRESS]:PORT" or a bare IPv6 address as a far end; None for anything else."""
    name, number = cut(value or "")
    found, where = host(name), default if number is None else port(number)
    return NamedEnd(found, where, transport) if found and (where or number is None) else None


def socket(value: str | None, transport: str) -> NamedEnd | None:
    """Return "HOST:PORT" or "[ADDRESS]:PORT" as a far end; None for anything else, also without a port."""
    found = with_port(value, transport)
    return found if found and found.port else None


def device(value: str | None) -> str | None:
    """Return `value` if a network device can be called that, else None."""
    value = (value or "").strip()
    return value if _DEVICE.fullmatch(value) and value not in (".", "..") else None


def public_key(value: str | None) -> str | None:
    """Return `value` if it has the form of a WireGuard key in base64, else None."""
    value = (value or "").strip()
    return value if _KEY.fullmatch(value) else None


def prefixes(values: Iterable[str]) -> tuple[str, ...]:
    """Return those of `values` that are prefixes or addresses, canonical, each once."""
    found: dict[str, None] = {}
    for value in values:
        try:
            found[str(ip_network(value.strip(), strict=False))] = None
        except ValueError:
            continue
    return tuple(found)[:_PREFIXES_LIMIT]


def far_ends(values: Iterable[str], transport: str | None, number: int | None = None) -> tuple[NamedEnd, ...]:
    """Return those of `values` that are one host each: no "%any", no prefix and no range."""
    found = (host(value) for value in values)
    return tuple(dict.fromkeys(NamedEnd(one, number, transport) for one in found if one))


def listed(value: str | None) -> list[str]:
    """Return the parts of a list separated by commas, semicolons or blanks."""
    return [part for part in re.split(r"[\s,;]+", value or "") if part]
