"""Lines with their numbers, which is what readers of formats take."""

from collections.abc import Iterable, Iterator

Line = tuple[int, str]
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def numbered(lines: Iterable[bytes]) -> Iterator[Line]:
    """Yield each of `lines` as text with its number from 1 on, without its end and a byte-order mark.

    NUL and bytes that are no UTF-8 show as ``\\xNN``, so that nothing of a line is lost.
    """
    for number, line in enumerate(lines, 1):
        line = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
        yield number, line.decode("utf-8", "backslashreplace").replace("\0", "\\x00").rstrip("\r\n")
