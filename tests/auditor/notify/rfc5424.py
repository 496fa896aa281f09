"""A strict reader of RFC 5424 messages, written from its ABNF (section 6): anything else is refused."""

import re
from dataclasses import dataclass

_HEAD = re.compile(
    rb"<(0|[1-9][0-9]?|1[0-8][0-9]|19[01])>([1-9][0-9]{0,2})"
    rb" (-|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2}))"
    rb" ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) "
)
_NAME = rb"[!#-<>-\\^-~]{1,32}"
_PARAM = re.compile(rb" (" + _NAME + rb')="((?:[^"\\\]]|\\["\\\]])*)"')
_ELEMENT = re.compile(rb"\[(" + _NAME + rb")((?: " + _NAME + rb'="(?:[^"\\\]]|\\["\\\]])*")*)\]')


@dataclass(frozen=True)
class Message:
    facility: int
    severity: int
    version: int
    timestamp: str
    hostname: str
    app_name: str
    procid: str
    msgid: str
    data: dict[str, dict[str, str]]
    text: str | None


def parse(raw: bytes) -> Message:
    head = _HEAD.match(raw)
    assert head, raw[:80]
    priority, version, *words = head.groups()
    at, data = head.end(), {}
    if raw[at : at + 1] == b"-":
        at += 1
    else:
        while element := _ELEMENT.match(raw, at):
            name = element[1].decode("ascii")
            assert name not in data, "an SD-ID must not stand twice"
            assert "@" not in name or re.fullmatch(r"[^@]+@[0-9]+(\.[0-9]+)*", name)
            data[name] = {
                key.decode("ascii"): re.sub(rb"\\([\"\\\]])", rb"\1", value).decode("utf-8")
                for key, value in _PARAM.findall(element[2])
            }
            at = element.end()
        assert data, raw[at : at + 80]
    text = None
    if at < len(raw):
        assert raw[at : at + 1] == b" "
        rest = raw[at + 1 :]
        assert rest.startswith(b"\xef\xbb\xbf"), "UTF-8 text begins with the byte order mark"
        text = rest[3:].decode("utf-8")
    strings = [word.decode("ascii") for word in words]
    return Message(int(priority) // 8, int(priority) % 8, int(version), *strings, data, text)  # type: ignore[arg-type]
