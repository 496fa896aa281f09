"""Any capture, from any stream of bytes: which format it is, and its records until it ends or breaks off."""

from typing import BinaryIO

from auditor.model.text import Text
from auditor.packets import pcap, pcapng
from auditor.packets.stream import Broken, Records, Stream


def records(source: BinaryIO) -> Records:
    """Yield every record of the capture in `source`; raises Broken where it breaks off, at the start if it is none."""
    stream = Stream(source)
    magic = stream.take(4)
    if magic == pcapng.MAGIC:
        yield from pcapng.records(stream)
    elif pcap.is_pcap(magic):
        yield from pcap.records(stream, magic)
    elif not magic:
        raise Broken(0, Text("it is empty", "文件为空"))
    else:
        raise Broken(
            0,
            Text("it is no capture (pcap, pcapng, or one of them in gzip)", "不是抓包文件（pcap、pcapng或其gzip压缩）"),
        )
