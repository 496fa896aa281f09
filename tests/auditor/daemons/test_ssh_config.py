"""ssh_config: which blocks fit a destination, and what of them is kept."""

from collections.abc import Iterable, Iterator

import pytest

from auditor.daemons.ssh_config import Options, Reader, parse_line
from auditor.errors import ParseError, SourceError

SECRET = "hunter2-never-to-be-seen"


def read(text: str, host: str = "hk-1", **files: str) -> tuple[Options, list[tuple[str, SourceError]]]:
    gaps: list[tuple[str, SourceError]] = []

    def include(pattern: str) -> Iterator[tuple[str, Iterable[bytes]]]:
        if pattern in files:
            yield pattern, files[pattern].encode().splitlines(keepends=True)

    options = Options()
    Reader(host, options, include, lambda source, error: gaps.append((source, error))).read(
        "config", text.encode().splitlines(keepends=True)
    )
    assert SECRET not in repr(options)
    assert SECRET not in repr([(source, error.detail) for source, error in gaps])
    return options, gaps


def test_the_first_value_counts_and_forwards_add_up() -> None:
    text = f"""\
# {SECRET}
Host hk-* !hk-9
  HostName=192.0.2.9
  Port "2222"
  IdentityFile {SECRET}
  LocalForward 127.0.0.1:8080 web:80
  remoteforward [::1]:9000 db:5432
Host *
  Port 22
  DynamicForward 1080
"""
    options, gaps = read(text)
    assert (options.host_name, options.port, gaps) == ("192.0.2.9", 2222, [])
    assert options.forwards == [
        ("localforward", "127.0.0.1", 8080),
        ("remoteforward", "::1", 9000),
        ("dynamicforward", None, 1080),
    ]
    assert read(text, "hk-9")[0].forwards == [("dynamicforward", None, 1080)]


@pytest.mark.parametrize(
    ("line", "forwards"),
    [
        ("Match all", True),
        ("Match host hk-1,x", True),
        ("Match originalhost !hk-1", False),
        ("Match !host hk-1", False),
        ("Match host other exec test", False),
    ],
)
def test_match_blocks_that_can_be_decided(line: str, forwards: bool) -> None:
    options, gaps = read(f"{line}\n  RemoteForward 1 a:1\n")
    assert (bool(options.forwards), gaps) == (forwards, [])


def test_a_match_block_that_cannot_be_decided_is_told_only_where_it_forwards() -> None:
    options, gaps = read(f"Match exec {SECRET}\n  Port 1\n  RemoteForward 1 a:1\n")
    assert options.forwards == []
    assert [(source, error.detail.partition(":")[0]) for source, error in gaps] == [("config", "line 3")]
    assert read("Match user x\n  Port 1\n")[1] == []


def test_includes_and_their_end() -> None:
    options, _ = read("Include a b\n", a="RemoteForward 1 a:1\n")
    assert len(options.forwards) == 1
    with pytest.raises(ParseError):
        read("Include a\n", a="Include a\n")


def test_jumps_and_cleared_forwards() -> None:
    options, _ = read("ProxyJump none\nProxyCommand nc %h %p\nClearAllForwardings yes\n")
    assert (options.jumps, options.cleared) == (True, True)


@pytest.mark.parametrize("line", [b"", b"   # x", b"\n"])
def test_lines_that_say_nothing(line: bytes) -> None:
    assert parse_line(line) is None
