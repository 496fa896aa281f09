"""Classic capture files (draft-ietf-opsawg-pcap): both byte orders, micro- and nanoseconds, Kuznetzov's records."""

from struct import Struct

from auditor.model.text import Text
from auditor.packets.stream import LARGEST_RECORD_BYTES, Broken, Record, Records, Stream

# Magic: byte order, ticks of a second, length of a record's header.
_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000, 16),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000, 16),
    b"\x34\xcd\xb2\xa1": ("<", 1_000_000, 24),
    b"\xa1\xb2\xcd\x34": (">", 1_000_000, 24),
}
_LINK_MASK = 0x0000FFFF  # above it: length of the frame check sequence
_FILE_HEADER = 24
_IMPOSSIBLE = Text("a packet record claims an impossible length", "某条数据包记录声称的长度不可能成立")
_WHAT = Text("a packet record", "数据包记录")


def is_pcap(magic: bytes) -> bool:
    """Return whether a file that begins with `magic` is of this format."""
    return magic in _MAGICS


def records(stream: Stream, magic: bytes) -> Records:
    """Yield the records behind the file header, of which `magic` is consumed; raises Broken where they break off."""
    order, ticks, step = _MAGICS[magic]
    rest = stream.exactly(_FILE_HEADER - 4, Text("the file header", "文件头"))
    (link,) = Struct(order + "16xI").unpack(rest)
    link &= _LINK_MASK
    header = Struct(order + "IIII").unpack_from
    while head := stream.take(step):
        if len(head) < step:
            raise Broken(stream.at - len(head), Text(f"it ends within {_WHAT.en}", f"在{_WHAT.zh}中途结束"))
        seconds, fraction, kept, length = header(head)
        if kept > LARGEST_RECORD_BYTES:
            raise Broken(
                stream.at - step,
                Text("a packet record claims an impossible length", "某条数据包记录声称的长度不可能成立"),
            )
        data = stream.take(kept)
        if len(data) < kept:
            raise Broken(stream.at - len(data) - step, Text(f"it ends within {_WHAT.en}", f"在{_WHAT.zh}中途结束"))
        yield Record(seconds + fraction / ticks, link, max(length, kept), data)
