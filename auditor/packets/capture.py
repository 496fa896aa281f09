"""One capture from its bytes to its tunnels: read as far as it goes, and what stood in the way is told."""

import io
from typing import BinaryIO, NamedTuple

from auditor.model.text import Text
from auditor.packets import libpcap, reader
from auditor.packets.engine import Engine
from auditor.packets.stream import Broken
from auditor.packets.tunnel import Tunnel


class Capture(NamedTuple):
    """What one capture showed; `problems` are what could not be read of it, empty if all was.

    `others` counts by protocol the tunnels of which no address may be told (None: a file, where that does not arise).
    `notes` say what more could have been said of what was found.
    """

    tunnels: tuple[Tunnel, ...]
    problems: tuple[Text, ...]
    others: dict[str, int] | None = None
    notes: tuple[Text, ...] = ()


def read(source: BinaryIO) -> Capture:
    """Return the tunnels of the capture in `source`, of any length, in bounded memory; never raises for what is in it.

    A plain file is filtered by libpcap where that is installed. If it cannot read the file to its end, the file is read
    again here, since only this reader says where it breaks off and keeps what came before.
    """
    engine = Engine()
    if not (_seekable(source) and libpcap.read(source, engine)):
        engine = Engine()
        problems = _read(source, engine)
    else:
        problems = ()
    tunnels = engine.tunnels()
    return Capture(tunnels=tuple(tunnels), problems=(*problems, *_gaps(engine)))


def _seekable(source: BinaryIO) -> bool:
    """Return whether `source` is a file with a number, which libpcap can read and this reader read again."""
    try:
        source.fileno()
        return source.seekable()
    except (OSError, io.UnsupportedOperation):
        return False


def _read(source: BinaryIO, engine: Engine) -> tuple[Text, ...]:
    """Give every record of `source` to `engine`; return what was in the way."""
    frame = engine.frame
    try:
        for at_s, link_type, frame_bytes, data in reader.records(source):
            frame(data, link_type, at_s, frame_bytes)
    except Broken as broken:
        where = Text(f"at byte {broken.at:,}", f"第{broken.at:,}字节处")
        why = broken.why
        if engine.frames:
            return (
                Text(
                    f"unreadable {where.en} after {engine.frames:,} packets: {why.en}",
                    f"在{engine.frames:,}个数据包之后、{where.zh}无法继续读取：{why.zh}",
                ),
            )
        return (Text(f"unreadable {where.en}: {why.en}", f"{where.zh}无法读取：{why.zh}"),)
    except OSError as error:
        return (Text(f"cannot be read: {error.strerror}", f"无法读取：{error.strerror}"),)
    return ()


def _gaps(engine: Engine) -> tuple[Text, ...]:
    """Return what the engine had to leave out."""
    gaps = [
        Text(
            f"{count:,} packets of link type {link_type}, which is not known here",
            f"{count:,}个数据包属于此处未知的链路类型{link_type}",
        )
        for link_type, count in sorted(engine.unknown_links.items())
    ]
    if engine.overflow:
        gaps.append(Text("more tunnels than are kept; the rest is not listed", "隧道数量超出保留上限，其余未列出"))
    return tuple(gaps)
