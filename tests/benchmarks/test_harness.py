import pytest

from benchmarks.harness import Requirement, Timing, cpu_ratio, interleave, table, verdicts, wall_ratio


def test_every_round_runs_every_candidate_once_and_the_first_does_not_count():
    runs = []
    timings = interleave({name: lambda name=name: runs.append(name) for name in "abc"}, rounds=20)
    rounds = [runs[start : start + 3] for start in range(0, len(runs), 3)]
    assert len(rounds) == 21
    assert all(sorted(one) == ["a", "b", "c"] for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1
    assert {len(timing.cpu_s) for timing in timings.values()} == {20}


def test_ratios_are_medians_over_rounds_not_ratios_of_medians():
    one = Timing(cpu_s=[1.0, 10.0, 100.0], wall_s=[2.0, 2.0, 2.0])
    other = Timing(cpu_s=[2.0, 10.0, 10.0], wall_s=[4.0, 1.0, 4.0])
    assert cpu_ratio(one, other) == 1.0
    assert wall_ratio(one, other) == 0.5


@pytest.mark.parametrize(("limit", "met"), [(0.4, False), (0.5, True)])
def test_requirements(limit, met):
    timings = {"ours": Timing(cpu_s=[1.0], wall_s=[1.0]), "theirs": Timing(cpu_s=[2.0], wall_s=[1.0])}
    text, verdict = verdicts(timings, [Requirement(candidate="ours", reference="theirs", limit=limit)])
    assert verdict is met
    assert text.startswith("met" if met else "MISSED")
    assert [line.split()[0] for line in table(timings, reference="ours").splitlines()[1:]] == ["ours", "theirs"]


def test_work_takes_time():
    timings = interleave({"much": lambda: sum(range(400_000)), "little": lambda: None}, rounds=3)
    assert cpu_ratio(timings["much"], timings["little"]) > 10
