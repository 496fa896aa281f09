"""A message that says how a tunnel is made, kept until it has been dissected (`details`), and how many are kept."""

from typing import NamedTuple

MOST_OF_TUNNEL = 12
MOST_MESSAGES = 600
MOST_BYTES = 4096
"""Of one message; a longer one is no handshake."""


class Message(NamedTuple):
    """One message: `kind` is the layer to begin with (ike, l2tp, l2tpv3, pptp, gre), `sender` an address."""

    kind: str
    sender: str
    data: bytes
