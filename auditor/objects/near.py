"""This gateway's own addresses, placed by the same path as far ends."""

from collections.abc import Iterable

from auditor import places
from auditor.model.match import NearEnd
from auditor.model.tunnel import Endpoint
from auditor.objects.context import Context

ENDS_KEPT = 8


def near_ends(context: Context, addresses: Iterable[str | None], limit: int | None = ENDS_KEPT) -> tuple[NearEnd, ...]:
    """Return `addresses` ("ADDRESS" or "ADDRESS/LENGTH", None for not known), each once, at most `limit` of them."""
    bare = dict.fromkeys(address.partition("/")[0] for address in addresses if address)
    return tuple(
        NearEnd(address, places.observed(Endpoint(address=address), context.networks, context.locator))
        for address in list(bare)[:limit]
    )
