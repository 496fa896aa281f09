"""The YAML that configurations use: wanted values with their paths, the rest dropped, what is not understood told."""

import pytest

from auditor.errors import ParseError
from auditor.formats.yaml import events

DOCUMENT = """\
# comment
mixed-port: 7890
secret: "hunter2"
dns:
  nameserver: [114.114.114.114, 'https://x/dns#y']
proxies:
  - {name: "HK: 01", type: ss, server: hk.example, port: 443, password: "hu,n}ter2"}
  - name: sg
    type: trojan
    server: 203.0.113.9   # comment
    port: 8443
    password: &pw hunter2
    alpn:
      - h2
    ws-opts:
      headers:
        server: nested.example
  -
    server: "jp.example"
  - {server: us.example,
     port: 99, udp: true}
other:
- server: 'it''s'
- server: ~
tls:
  key: |
    server: hunter2
     port: 3
  cert: >-
    server: hunter2

listen: :443
"quoted key": 1
server: a.b:443
"""
WANTED = frozenset(["server", "port", "type", "listen", "mixed-port"])


def read(text: str) -> list[tuple[object, object]]:
    return list(events(text.encode().splitlines(keepends=True), WANTED))


def test_wanted_values_come_with_their_paths() -> None:
    found = read(DOCUMENT)
    assert found == [
        (("mixed-port",), 7890),
        (("proxies", 0, "type"), "ss"),
        (("proxies", 0, "server"), "hk.example"),
        (("proxies", 0, "port"), 443),
        (("proxies", 1, "type"), "trojan"),
        (("proxies", 1, "server"), "203.0.113.9"),
        (("proxies", 1, "port"), 8443),
        (("proxies", 1, "ws-opts", "headers", "server"), "nested.example"),
        (("proxies", 2, "server"), "jp.example"),
        (("proxies", 3, "server"), "us.example"),
        (("proxies", 3, "port"), 99),
        (("other", 0, "server"), "it's"),
        (("other", 1, "server"), None),
        (("listen",), ":443"),
        (("server",), "a.b:443"),
    ]
    assert "hunter2" not in repr(found)


def test_a_sequence_of_sequences_and_of_scalars() -> None:
    assert read("server:\n- - a\n  - b\n- c\nport: 1\n") == [
        (("server", 0, 0), "a"),
        (("server", 0, 1), "b"),
        (("server", 1), "c"),
        (("port",), 1),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a:\n\tserver: x\n", 2),
        ("server: *x\n", 1),
        ("- " * 80, 1),
        ("server: {a: b\n", 1),
        ("server: [a, }]\n", 1),
        ('x: {"a}', 1),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ParseError, match=f"^line {line}: "):
        read(text)


def test_no_cut_of_a_file_breaks_the_reader_or_gives_a_secret() -> None:
    for size in range(len(DOCUMENT)):
        try:
            said = repr(read(DOCUMENT[:size]))
        except ParseError as error:
            said = error.detail
        assert "hunter2" not in said


@pytest.mark.parametrize(
    "unwanted",
    [
        "x: 'a\n  server: b\n  '",
        'x: "a \\"\n  server: b"',
        "x: {y: 'a\n  server: b'}",
        "x: a\n  server: b",
        "x:\n  a\n  server: b",
        "- &id\n  y: &id2 {z: *id}",
        "x: >-\n  server: b",
    ],
)
def test_what_nobody_wants_is_passed_over_as_a_whole(unwanted: str) -> None:
    item = unwanted.startswith("-")
    found = read(f"{unwanted}\n{'- ' if item else ''}server: c\n---\nserver: d\n")
    assert found == [((1, "server") if item else ("server",), "c")]
