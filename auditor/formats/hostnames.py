"""Which names may be asked for at all; pure (RFC 1123 2.1, RFC 6761, RFC 3490).

A name from a file is not trusted. What is no host name would ask a name server for whatever somebody wrote, and
some names are not for the DNS. A single label means what the host's search list makes of it, which this program
does not apply: asked as it is, it would go to the root servers and mean something else.
"""

import re

from auditor.model.address import host_name
from auditor.model.lookup import Refusal

_LABEL = re.compile("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME_CHARACTERS = 253  # RFC 1035 2.3.4: 255 bytes on the wire
_SPECIAL = (
    "localhost",  # RFC 6761: this host
    "localdomain",
    "invalid",
    "local",  # RFC 6762: multicast DNS
    "onion",  # RFC 7686: Tor
    "alt",  # RFC 9476: not in the DNS
)


def asked_as(text: str) -> str | Refusal:
    """Return the host name `text` as it is asked for: lower case, A-labels, no last dot; or why it is never asked."""
    name = _in_ascii(host_name(text))
    if isinstance(name, Refusal):
        return name
    labels = name.split(".")
    if len(name) > _NAME_CHARACTERS or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        return Refusal.NO_HOST_NAME  # NOTE: a last label of digits is an address cut short (RFC 3696 2)
    if labels[-1] in _SPECIAL:
        return Refusal.SPECIAL
    return name if len(labels) > 1 else Refusal.SINGLE_LABEL


def _in_ascii(name: str) -> str | Refusal:
    """Return `name` with A-labels.

    Where the standards for that (IDNA 2003 and 2008) or the mapping of look-alikes leave two readings, programs
    do not agree which host is meant, so none is asked for: what comes back must be the very name that went in.
    """
    if name.isascii():
        return name
    try:
        encoded = name.encode("idna")
        same = encoded.decode("idna") == name
    except (UnicodeError, ValueError):
        return Refusal.NO_HOST_NAME
    return encoded.decode("ascii") if same else Refusal.AMBIGUOUS
