"""The terminal summary: short, to the point, and nothing that a terminal would obey."""

from dataclasses import replace

import pytest

from auditor.model.scan import Scan
from reports import text
from reports.document import document
from tests.reports import hostile, samples


def summary(scan: Scan, language: str = "en") -> str:
    return text.render(document(scan), language)


def test_it_says_what_to_do() -> None:
    lines = summary(samples.mixed()).splitlines()
    assert lines[0] == "Not in line with the guidance - status critical, exit code 2"
    (line,) = [line for line in lines if "tun0" in line]
    assert line.startswith("  [not in line] OpenVPN tunnel tun0 to 198.51.100.77:1194 (United States")
    assert "X-01 Permitted route in evidence -> Lease the connection from China Telecom" in line
    assert any("accepted by waiver W-2026-03 through 2027-01-31" in line for line in lines)
    assert "  xfrm (blue): NETLINK_XFRM states: not permitted; could hide ipsec, xfrm, vti" in lines
    assert "    -> Run the scan as root, or give it CAP_NET_ADMIN." in lines
    assert "gw-sha-01, Shanghai office, 2026-11-23 14:05:09 UTC+08:00" in lines
    assert "2 of 3 registered circuit(s) seen" in lines


@pytest.mark.parametrize("name", ["mixed", "compliant", "unprivileged", "without_config", "nothing"])
def test_a_small_host_fits_on_one_screen(name: str) -> None:
    assert len(summary(getattr(samples, name)()).splitlines()) <= 27


def test_the_gateway_itself_is_a_finding_too() -> None:
    assert "  [to review] The gateway itself: O-01 " in summary(samples.without_config())


def test_what_to_do_stands_once_above_all_it_is_for() -> None:
    shown = summary(samples.many(8))
    lines = shown.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith("  [not in line] X-01 ")]
    assert lines[at + 1].startswith("    OpenVPN tunnel")
    assert lines[at + 2].startswith("    OpenVPN tunnel")
    assert shown.count("Lease the connection from China Telecom") == 1


def test_chinese_is_chinese_throughout() -> None:
    shown = summary(samples.mixed(), "zh")
    assert shown.startswith("与指引不符 - 状态：严重，退出码2\n")
    assert "未能读取：" in shown
    assert "以root运行扫描，或授予CAP_NET_ADMIN。" in shown
    assert "[不符] OpenVPN隧道 tun0" in shown


def test_both_reads_english() -> None:
    assert summary(samples.mixed(), "both") == summary(samples.mixed(), "en")


def test_colour_only_where_asked_for() -> None:
    shown = document(samples.mixed())
    assert "\x1b" not in text.render(shown)
    coloured = text.render(shown, color=True)
    assert coloured.splitlines()[0].startswith("\x1b[1;31m")
    assert coloured.count("\x1b") == 2


@pytest.mark.parametrize("value", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_no_terminal_sequence_passes(value: str) -> None:
    shown = summary(hostile.hostile(value))
    assert set(shown) - {"\n"} == {character for character in shown if character.isprintable()}
    assert len(shown.splitlines()) == len(summary(hostile.hostile("plain")).splitlines())
    assert max(map(len, shown.splitlines())) < 3000


def test_long_lists_are_cut_and_say_so() -> None:
    shown = summary(samples.many(200))
    assert f"... and {50 - text.OBJECTS_SHOWN} more, see the report" in shown
    assert len(shown.splitlines()) <= 27
    gaps = samples.mixed().gaps
    hides = tuple(f"kind{number}" for number in range(27))
    many = tuple(replace(gaps[0], spot=replace(gaps[0].spot, source=f"s{n}", hides=hides)) for n in range(30))
    unread = summary(replace(samples.nothing(), gaps=many))
    assert f"... and {30 - text.GAPS_SHOWN} more, see the report" in unread
    assert "and 21 more" in unread
