"""Gives packets to dissectors, keeps what they noted, and tells what it amounts to: tunnels, within bounded memory."""

from collections import deque
from collections.abc import Iterable
from ipaddress import ip_address

from auditor.model.certainty import Certainty
from auditor.packets.dispatch import Dispatch
from auditor.packets.dissector import Dissector, Look, Pick
from auditor.packets.dissectors import DISSECTORS
from auditor.packets.flows import Flow, Key, Seen
from auditor.packets.ip import packet_of
from auditor.packets.link import network
from auditor.packets.message import MOST_BYTES, MOST_MESSAGES, MOST_OF_TUNNEL, Message
from auditor.packets.packet import ETHERNET, IPIP, IPV6, ROUTING, TCP, UDP, Packet
from auditor.packets.settled import IP_AT, WHOLE, Settled
from auditor.packets.tunnel import Tunnel

MOST_FLOWS = 20_000
MOST_TUNNELS = 20_000
MOST_STREAMS = 64
_MOST_FRAGMENTS = 4096
ENOUGH = 16  # packets looked into, before it is asked whether further ones need be
_ETHERNET, _IP = 1, (b"\x08\0", b"\x86\xdd")
_INSIDE = frozenset((IPIP, IPV6, ETHERNET))  # behind a list of segments: encapsulation
_RANK = {Certainty.HIGH: 3, Certainty.MEDIUM: 2, Certainty.LOW: 1, None: 0}


class Engine:
    """Takes frames in, gives tunnels out.

    `unknown_links` counts frames of link types that cannot be read. `streams` are the last conversations that were
    recognised by their beginning alone: a filter has to let them through; `streams_known` grows with each.
    """

    def __init__(self, dissectors: Iterable[Dissector] = DISSECTORS) -> None:
        """Begin with nothing seen."""
        self._dispatch = Dispatch(dissectors)
        self._flows: dict[Key, Flow] = {}
        self._settled = Settled(self._dispatch.spread)
        self._fragments: dict[tuple[bytes, bytes, int, int], Seen] = {}
        self._found: dict[tuple[str, frozenset[bytes], int, int], Tunnel] = {}
        self.frames = 0
        self.streams: deque[Flow] = deque(maxlen=MOST_STREAMS)
        self.streams_known = 0
        self._messages = 0
        self.unknown_links: dict[int, int] = {}
        self.overflow = False

    def frame(self, data: bytes, link_type: int, at_s: float, frame_bytes: int) -> None:
        """Take in one frame as captured; `frame_bytes` is its length on the wire. Never raises for what is in it."""
        self.frames += 1
        if link_type == _ETHERNET and data[12:14] in _IP:  # most are; network() says the same
            at, seens = IP_AT, self._settled.of(data)
        else:
            found = self._network(data, link_type)
            if found is None:
                return
            at = found
            seens = self._settled.of(data[at - IP_AT :] if at >= IP_AT else bytes(IP_AT - at) + data)
        if seens is not None:
            for seen in seens:
                seen.tally(at_s, frame_bytes)
            return
        packet = packet_of(data, at, at_s, frame_bytes) if len(data) > at else None
        if packet is not None:
            self.packet(packet)

    def _network(self, data: bytes, link_type: int) -> int | None:
        """Return where the IP header of a frame begins, None for none."""
        try:
            return network(data, link_type)
        except KeyError:
            self.unknown_links[link_type] = self.unknown_links.get(link_type, 0) + 1
            return None

    def packet(self, packet: Packet) -> None:
        """Take in one packet."""
        fragment = packet.fragment
        if fragment is not None and not fragment.first:
            seen = self._fragments.get(fragment.key)
            if seen is not None:
                seen.tally(packet.at_s, packet.frame_bytes)
            return
        protocol = packet.protocol
        if packet.routed and protocol not in _INSIDE:
            self._routed(packet)
        if protocol == UDP:
            looks = self._dispatch.udp(packet)
        elif protocol == TCP:
            if not packet.data:
                return
            looks = self._dispatch.stream[packet.data[0]]
        else:
            look = self._dispatch.ip.get(protocol)
            if look is None:
                return
            looks = (look,)
        self._look(packet, looks)

    def _routed(self, packet: Packet) -> None:
        """Take in the list of segments that an IPv6 packet got into its own header, whatever else the packet is."""
        look = self._dispatch.ip.get(ROUTING)
        if look is not None:
            way = Packet(packet.at_s, packet.frame_bytes, ROUTING, packet.src, packet.dst)
            way.routed = True
            self._look(way, (look,))

    def _look(self, packet: Packet, looks: tuple[Look, ...]) -> None:
        """Let `looks` and whatever has recognised this conversation before see `packet`, and count it."""
        key = self._dispatch.key(packet)
        flow = self._flows.get(key)
        if flow is None:
            if looks:
                flow = Flow(packet)
                if self._noted(packet, flow, looks):
                    self._keep(key, flow)
        elif flow.settled is not None:
            self._count(packet, flow.settled)
            packet.alike = WHOLE
            self._settled.keep(packet, (flow.settled,))
        else:
            self._noted(packet, flow, looks)

    def _noted(self, packet: Packet, flow: Flow, looks: tuple[Look, ...]) -> bool:
        """Return whether something was seen in `packet`, by what has recognised the flow or by one of `looks`."""
        known = flow.looks
        noted: list[str] = []
        for look in looks if not known or known == looks else dict.fromkeys(known + looks):
            protocol = look(packet, flow)
            if protocol is not None:
                if look not in known:
                    flow.looks = (*flow.looks, look)
                self._note(packet, flow, protocol)
                noted.append(protocol)
        if packet.alike:
            self._settle(packet, flow, noted)
        return bool(noted)

    def _note(self, packet: Packet, flow: Flow, protocol: str) -> None:
        """Count `packet` as one of `protocol`, and keep what has to be kept of it."""
        seen = flow.seen[protocol]
        seen.looked_into += 1
        self._count(packet, seen)
        pick = self._dispatch.details.get(protocol)
        if pick is not None:
            self._pick(pick, packet, seen)
        if not flow.known and packet.protocol in self._dispatch.streams.get(protocol, ()):
            self._stream(flow, protocol, seen)

    def _settle(self, packet: Packet, flow: Flow, noted: list[str]) -> None:
        """Have more packets like this one counted without a look, if looking cannot make it surer what they are.

        All that saw something in it have to say what is like it. If one is beyond doubt, the others count for nothing
        in the end and need not be sure.
        """
        if len(noted) != len(packet.alike):
            return
        beyond_doubt, enough = False, True
        for protocol, alike in zip(noted, packet.alike, strict=True):
            seen = flow.seen[protocol]
            if seen.packets - seen.asked_at >= ENOUGH:
                seen.asked_at = seen.packets
                seen.sure = self._dispatch.owner[protocol].conclude(protocol, seen, flow)
            beyond_doubt = beyond_doubt or seen.sure is Certainty.HIGH
            enough = enough and _RANK[seen.sure] >= _RANK[alike.sure]
        if beyond_doubt or enough:
            flow.sure = True
            self._settled.keep(packet, tuple(flow.seen[protocol] for protocol in noted))

    def _pick(self, pick: Pick, packet: Packet, seen: Seen) -> None:
        """Keep the message of `packet` if it says how the tunnel is made, once, whole, and within what may be kept."""
        picked = pick(packet, seen)
        if picked is None:
            return
        kind, data = picked
        for known in seen.messages:
            if known.data == data:
                return  # sent again
        full = self._messages >= MOST_MESSAGES or len(seen.messages) >= MOST_OF_TUNNEL
        if full or packet.cut or len(data) > MOST_BYTES:
            seen.messages_left_out += 1
            return
        self._messages += 1
        seen.messages = (*seen.messages, Message(kind, str(ip_address(packet.src)), data))

    def _stream(self, flow: Flow, protocol: str, seen: Seen) -> None:
        """Remember a conversation, once it is recognised, whose further packets do not show what they are."""
        if self._dispatch.owner[protocol].conclude(protocol, seen, flow) is not None:
            flow.known = True
            self.streams.append(flow)
            self.streams_known += 1

    def _count(self, packet: Packet, seen: Seen) -> None:
        """Count `packet`, and let its later fragments find where to be counted."""
        seen.tally(packet.at_s, packet.frame_bytes)
        if packet.fragment is not None:
            if len(self._fragments) >= _MOST_FRAGMENTS:
                self._fragments.clear()
            self._fragments[packet.fragment.key] = seen

    def _keep(self, key: Key, flow: Flow) -> None:
        """Keep a new conversation; when there are too many, conclude on all and begin anew with those that are sure."""
        if len(self._flows) >= MOST_FLOWS:
            self._fold()
        self._flows[key] = flow

    def _fold(self) -> None:
        """Turn every conversation into the tunnels that it shows, and forget it unless it is sure to go on."""
        for flow in self._flows.values():
            self._conclude(flow)
        sure = {key: flow for key, flow in self._flows.items() if flow.sure or flow.known}
        self._flows = sure if len(sure) < MOST_FLOWS // 2 else {}
        self._fragments.clear()
        self._settled.clear()

    def tunnels(self) -> list[Tunnel]:
        """Return what was found, by technology and addresses; call it once, at the end."""
        self._fold()
        return sorted(self._found.values(), key=lambda one: (one.protocol, one.src, one.dst, one.dport or 0))

    def _conclude(self, flow: Flow) -> None:
        """Add what `flow` amounts to: all that its surest dissector says."""
        sure: list[tuple[int, str, Seen, Certainty]] = []
        for protocol, seen in flow.seen.items():
            confidence = self._dispatch.owner[protocol].conclude(protocol, seen, flow) if seen.packets else None
            if confidence is not None:
                sure.append((_RANK[confidence], protocol, seen, confidence))
        if not sure:
            return
        _, protocol, _, _ = max(sure, key=lambda one: one[0])
        best = self._dispatch.owner[protocol]
        for _, other, seen, confidence in sure:
            family = self._dispatch.owner[other]
            if family is best or other in best.beside or protocol in family.beside:
                self._add(flow, other, seen, confidence)

    def _add(self, flow: Flow, protocol: str, seen: Seen, confidence: Certainty) -> None:
        """Add one finding to the tunnel between its two ends."""
        low = min(flow.sport, flow.dport)
        key = (protocol, frozenset((flow.src, flow.dst)), flow.protocol, low)
        known = self._found.get(key)
        if known is None:
            if len(self._found) >= MOST_TUNNELS:
                self.overflow = True
                return
            self._found[key] = self._tunnel(flow, protocol, seen, confidence)
            seen.tell()
            return
        known.messages_left_out += seen.messages_left_out + max(0, len(known.messages + seen.messages) - MOST_OF_TUNNEL)
        known.messages = (*known.messages, *seen.messages)[:MOST_OF_TUNNEL]
        told = seen.told or Seen()
        known.packets += seen.packets - told.packets
        known.alike += seen.packets - seen.looked_into - (told.packets - told.looked_into)
        known.bytes += seen.bytes - told.bytes
        known.first_s = min(known.first_s, seen.first_s)
        known.last_s = max(known.last_s, seen.last_s)
        if _RANK[confidence] > _RANK[known.confidence]:
            known.confidence = confidence
        for name, count in seen.signs.items():
            known.signs[name] = known.signs.get(name, 0) + count - told.signs.get(name, 0)
        seen.tell()
        if low in (known.sport, known.dport):
            at_source = known.sport == low != known.dport
            other = flow.sport if flow.dport == low else flow.dport
            if at_source and known.dport != other:
                known.dport = None
            elif not at_source and known.sport != other:
                known.sport = None

    def _tunnel(self, flow: Flow, protocol: str, seen: Seen, confidence: Certainty) -> Tunnel:
        """Return the tunnel that one conversation shows."""
        ported = flow.protocol in (TCP, UDP)
        open_end = flow.sport != flow.dport and flow.protocol == UDP  # and its number changes from flow to flow
        spread = self._dispatch.spread
        return Tunnel(
            protocol=protocol,
            src=str(ip_address(flow.src)),
            dst=str(ip_address(flow.dst)),
            sport=None if not ported or (open_end and flow.dport in spread) else flow.sport,
            dport=None
            if not ported or (open_end and flow.sport in spread and flow.dport not in spread)
            else flow.dport,
            transport={TCP: "tcp", UDP: "udp"}.get(flow.protocol, "ip"),
            packets=seen.packets,
            bytes=seen.bytes,
            first_s=seen.first_s,
            last_s=seen.last_s,
            confidence=confidence,
            signs=dict(seen.signs),
            alike=seen.packets - seen.looked_into,
            messages=seen.messages,
            messages_left_out=seen.messages_left_out,
        )
