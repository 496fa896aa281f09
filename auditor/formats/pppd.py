"""pppd's options (pppd(8)): arguments and files are the same stream of words, in which passwords stand too.

What follows any option but the wanted ones is dropped as it is read.
"""

from collections.abc import Collection, Iterable, Iterator

from auditor.errors import ParseError
from auditor.netlink.wire import text

PLUGINS = {
    "rp-pppoe": "pppoe",
    "pppoe": "pppoe",
    "pptp": "pptp",
    "pppol2tp": "l2tp",
    "openl2tp": "l2tp",
    "l2tp": "l2tp",
    "sstp-pppd-plugin": "sstp",
}
"""The technology that carries the frames, by the name of the plugin without directory and ending."""
# Options whose one argument could be taken for another option; that argument is dropped.
_WITH_ARGUMENT = frozenset(
    ("password", "user", "name", "remotename", "connect", "disconnect", "init", "welcome", "ipparam", "linkname")
    + ("ifname", "domain", "pap-timeout", "set", "unset", "privgroup", "plugin-opt", "srp-secret", "papcrypt")
)


def words(lines: Iterable[tuple[int, bytes]]) -> Iterator[str]:
    """Yield the words of numbered lines: blanks part them, quotes and backslashes keep, ``#`` begins a comment.

    Raises ParseError, with its line, for a quote that never ends.
    """
    quote, opened, word, started = 0, 0, bytearray(), False
    for number, line in lines:
        escaped = False
        for byte in line:
            if escaped:
                word.append(byte)
                escaped = False
            elif byte == 0x5C:
                escaped = started = True
            elif quote:
                quote = 0 if byte == quote else quote
                word += b"" if quote == 0 else bytes((byte,))
            elif byte in b"\"'":
                quote, opened, started = byte, number, True
            elif byte in b" \t\r\n\f\v":
                if started:
                    yield text(bytes(word))
                word, started = bytearray(), False
            elif byte == 0x23 and not started:
                break
            else:
                word.append(byte)
                started = True
        if started and not quote:
            yield text(bytes(word))
            word, started = bytearray(), False
    if quote:
        raise ParseError(f"line {opened}: a quote without its end")


def options(stream: Iterable[str], wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield (option, its argument) of the `wanted` options among the words of `stream`, all of which take one."""
    rest = iter(stream)
    for word in rest:
        if word in wanted:
            if (value := next(rest, None)) is not None:
                yield word, value
        elif word in _WITH_ARGUMENT:
            next(rest, None)


def plugin(path: str) -> str:
    """Return the name of the plugin at `path`, as in `PLUGINS`."""
    return path.rpartition("/")[2].removesuffix(".so")
