"""Rows of packet filters: what they divert or mark."""

from typing import NamedTuple


class Diversion(NamedTuple):
    """One rule of a packet filter that hands packets to a local port or queue, rewrites their goal, or marks them.

    `kind` is redirect, tproxy, dnat, mark or queue (`to_port` is then the queue's number). `filter` is nf_tables
    or ip_tables, whose `family`, `table` and `chain` follow; `hooks` are where packets come to that chain, ()
    if only through verdict maps.
    `to_port` None with redirect or dnat: the port stays. `ports` are ranges of destination ports, `destinations`
    prefixes; None: not limited by them. `own`: only packets to the host's own addresses. `narrowed`: limited by
    something else about the goal, or by what was not followed. Selectors of the sender are not kept.
    """

    filter: str
    family: str
    table: str
    chain: str
    hooks: tuple[str, ...]
    kind: str
    to_address: str | None = None
    to_port: int | None = None
    mark: int | None = None
    protocol: str | None = None
    ports: tuple[tuple[int, int], ...] | None = None
    destinations: tuple[str, ...] | None = None
    own: bool = False
    narrowed: bool = False
