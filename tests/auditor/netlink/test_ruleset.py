"""Which packets reach a rule through the chains before it."""

import pytest

from auditor.errors import SourceTruncated
from auditor.model.rows import Diversion
from auditor.netlink import ruleset
from auditor.netlink.ruleset import Action, Ruleset, Selection, Step, marked

TCP = Selection(protocol="tcp")
REDIRECT = (Action("redirect", to_port=1080),)


def chain(name: str, table: str = "nat") -> tuple[str, str, str]:
    return "ip", table, name


def made(*steps: Step) -> Ruleset:
    found = Ruleset("ip_tables")
    found.base(chain("PREROUTING"), "prerouting")
    found.base(chain("OUTPUT"), "output")
    for step in steps:
        found.add(step)
    return found


def test_selections_on_the_way_add_up_and_hooks_join() -> None:
    service = Selection(protocol="tcp", destinations=("10.96.0.1/32",), ports=((443, 443),))
    found = made(
        Step(chain("PREROUTING"), Selection(), jump="SERVICES"),
        Step(chain("OUTPUT"), Selection(), jump="SERVICES"),
        Step(chain("SERVICES"), service, jump="SVC"),
        Step(chain("SVC"), TCP, REDIRECT),
    )
    (row,) = found.diversions()
    assert row == Diversion(
        filter="ip_tables",
        family="ip",
        table="nat",
        chain="SVC",
        hooks=("output", "prerouting"),
        kind="redirect",
        to_port=1080,
        protocol="tcp",
        ports=((443, 443),),
        destinations=("10.96.0.1/32",),
    )


def test_a_rule_that_no_packet_reaches_diverts_nothing() -> None:
    assert not list(made(Step(chain("UNUSED"), TCP, REDIRECT)).diversions())
    udp = Step(chain("PREROUTING"), Selection(protocol="udp"), jump="SS")
    assert not list(made(udp, Step(chain("SS"), TCP, REDIRECT)).diversions())
    port = Step(chain("PREROUTING"), Selection(ports=((80, 80),)), jump="SS")
    assert not list(made(port, Step(chain("SS"), Selection(ports=((443, 445),)), REDIRECT)).diversions())


def test_ports_on_the_way_are_cut() -> None:
    jump = Step(chain("PREROUTING"), Selection(ports=((80, 100), (443, 443))), jump="SS")
    (row,) = made(jump, Step(chain("SS"), Selection(ports=((90, 443),)), REDIRECT)).diversions()
    assert row.ports == ((90, 100), (443, 443))


def test_chains_of_other_tables_are_others() -> None:
    jump = Step(chain("PREROUTING"), Selection(), jump="SS")
    assert not list(made(jump, Step(chain("SS", "mangle"), TCP, REDIRECT)).diversions())


def test_chains_that_only_a_map_can_reach_are_reached_somehow() -> None:
    found = made(Step(chain("SS"), TCP, REDIRECT))
    found.maps_verdicts("ip", "nat")
    (row,) = found.diversions()
    assert (row.hooks, row.narrowed) == ((), True)


def test_many_ways_into_a_chain_become_one_that_is_not_followed() -> None:
    jumps = [Step(chain("PREROUTING"), Selection(ports=((port, port),)), jump="SS") for port in range(100, 130)]
    (row,) = made(*jumps, Step(chain("SS"), TCP, REDIRECT)).diversions()
    assert (row.hooks, row.narrowed, row.ports) == (("prerouting",), True, None)


def test_chains_that_jump_in_a_circle_end() -> None:
    circle = [Step(chain(one), Selection(), jump=other) for one, other in (("A", "B"), ("B", "A"))]
    rows = list(made(*circle, Step(chain("A"), TCP, REDIRECT)).diversions())
    assert all(row.narrowed for row in rows)


def test_a_mark_belongs_to_what_else_the_rule_does() -> None:
    tproxy, mark = Action("tproxy", to_port=1081), Action("mark", mark=1)
    assert marked([tproxy, mark]) == (Action("tproxy", to_port=1081, mark=1),)
    assert marked([mark]) == (mark,)
    assert marked([]) == ()


def test_names_show_only_what_prints() -> None:
    name = "a\x1b[2J\n\u202eb"
    found = made(Step(chain("PREROUTING"), Selection(), jump=name), Step(chain(name), TCP, REDIRECT))
    (row,) = found.diversions()
    assert row.chain == "a\\x1b[2J\\x0a\\x202eb"


def test_more_than_anyone_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruleset, "_ROWS_LIMIT", 3)
    steps = [Step(chain("PREROUTING"), TCP, REDIRECT) for _ in range(4)]
    assert len(list(made(*steps[:3]).diversions())) == 3
    with pytest.raises(SourceTruncated):
        list(made(*steps).diversions())
