"""What every probe declares, and that the list that runs is the folder."""

import ast
from pathlib import Path

import pytest

import probes
from auditor import technologies
from auditor.probe import Extent, Phase, Probe
from probes import PROBES

FOLDER = Path(probes.__file__).parent
CAPABILITIES = {"CAP_NET_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN"}


def test_the_list_that_runs_is_the_folder_and_every_probe_has_tests() -> None:
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert [probe.name for probe in PROBES] == list(dict.fromkeys(probe.name for probe in PROBES))
    assert {probe.name for probe in PROBES} == modules
    assert {f"test_{name}" for name in modules} <= {path.stem for path in Path(__file__).parent.glob("test_*.py")}


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_declares_itself(probe: Probe) -> None:
    assert probe.reads
    assert probe.summary
    assert not probe.summary.endswith(".")
    assert set(probe.needs) <= CAPABILITIES
    assert set(probe.covers) <= set(technologies.load().by_id)
    assert isinstance(probe.phase, Phase)
    assert isinstance(probe.extent, Extent)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_says_what_it_cannot_see(probe: Probe) -> None:
    docstring = ast.get_docstring(ast.parse((FOLDER / f"{probe.name}.py").read_text("utf-8"))) or ""
    last = docstring.rpartition("\n\n")[2].lower()
    assert any(words in last for words in ("cannot", "can never", "not seen", "does not", "not read", "left out"))


def test_every_tunnel_technology_is_covered_by_a_probe() -> None:
    covered = {name for probe in PROBES for name in probe.covers}
    assert set(technologies.load().by_id) - covered == set()
