"""What handshakes say of a tunnel, in words."""

from auditor.model.text import Text
from auditor.packets.details.names import Vendor, names
from auditor.packets.tunnel import Detail, Tunnel

_TOGETHER = frozenset(("vendor", "manufacturer", "tunnel", "session", "call", "gre_key", "weak", "lifetime"))


def lines(tunnel: Tunnel, here: str | None = None) -> tuple[Text, ...]:
    """Return the details of a tunnel with who says them: what an end says of one kind in one line.

    `here` is the end (src, dst) that is this gateway's, None if that is not known.
    """
    together: dict[tuple[str, str], list[Detail]] = {}
    for number, detail in enumerate(tunnel.details):
        kind = detail.kind if detail.kind in _TOGETHER else f"{detail.kind} {number}"
        together.setdefault((detail.sender, kind), []).append(detail)
    return tuple(text(some[0]._replace(value=", ".join(one.value for one in some)), here) for some in together.values())


def text(detail: Detail, here: str | None = None) -> Text:
    """Return one detail in words, with who says it."""
    table = names()
    says = table.said[detail.kind]
    if not detail.sender:
        return says
    who = table.sender[_who(detail.sender, here)]
    return Text(f"{who.en}: {says.en.format(value=detail.value)}", f"{who.zh}：{says.zh.format(value=detail.value)}")


def _who(sender: str, here: str | None) -> str:
    """Return what an end is called."""
    if here is None:
        return sender
    return "here" if sender == here else "far"


def products(tunnel: Tunnel, sender: str) -> tuple[Vendor, ...]:
    """Return the products that an end says it is in IKE; extensions that many products have say nothing."""
    said = {detail.value for detail in tunnel.details if detail.kind == "vendor" and detail.sender == sender}
    return tuple(one for one in names().vendors if one.name in said and one.programs is not None)
