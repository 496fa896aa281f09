"""The order of looking, and what is said of what could not be looked at."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from auditor import survey as module
from auditor.host import Host
from auditor.model.register import Register
from auditor.model.rows import Link, Outer, Route, RouteOuter, Underlay
from auditor.model.sightings import BlindSpot, Reason, Scope, Sighting
from auditor.probe import Extent, Phase, Probe, View
from auditor.survey import Survey, Surveyor

NOTHING = Register(path=None, sha256=None)


def probe(name: str, phase: Phase, rows: tuple[Sighting, ...] = (), extent: Extent = Extent.NAMESPACE) -> Probe:
    def run(view: View) -> Iterator[Sighting]:
        yield from rows
        if view.targets.destinations or view.targets.tunnel_indexes:
            told = f"{view.targets.tunnel_indexes} {view.targets.destinations}"
            yield BlindSpot(
                probe=name, scope="host", source=told, reason=Reason.CHANGED, detail="the targets it saw", hides=()
            )

    return Probe(
        name=name, summary="", reads=(f"/{name}",), needs=(), covers=("gre",), run=run, phase=phase, extent=extent
    )


GRE = Link(5, "gre1", "gre", 778, 0x10041, outer=Outer(remote="203.0.113.9"))
PROBES = (
    probe("processes", Phase.KERNEL, extent=Extent.HOST),
    probe("links", Phase.KERNEL, (GRE,)),
    probe("paths", Phase.PATHS),
)


def survey(**changes: object) -> Survey:
    surveyor = Surveyor(host=Host(), probes=PROBES, register=NOTHING, time_limit_s=10, now_s=0)
    return replace(surveyor, **changes).survey()  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _one_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    here = module.namespaces.own()
    monkeypatch.setattr(module.namespaces, "discover", lambda *_: ((here,), ()))


def test_the_last_phase_is_told_what_the_first_found() -> None:
    found = survey()
    assert [tunnel.interface for tunnel in found.inventory.tunnels] == ["gre1"]
    assert [spot.source for spot in found.gaps] == ["(5,) ()"]


def test_what_was_left_out_is_a_gap() -> None:
    left_out = {spot.probe: spot.detail for spot in survey(selected=frozenset({"links"})).gaps}
    assert set(left_out) == {"processes", "paths"}
    assert "command line" in left_out["paths"]
    switched_off = {spot.probe: spot.detail for spot in survey(disabled=frozenset({"paths"})).gaps}
    assert "configuration" in switched_off["paths"]


def test_privileges_that_are_held_are_not_asked_for() -> None:
    denied = BlindSpot(
        probe="x",
        scope="host",
        source="/x",
        reason=Reason.PERMISSION,
        detail="denied",
        hides=(),
        needs="CAP_SYS_PTRACE",
    )
    advice = module._held_back(denied, frozenset({"CAP_SYS_PTRACE"}))
    assert advice.needs is None
    assert "although CAP_SYS_PTRACE is held" in advice.detail
    assert module._held_back(denied, frozenset({"CAP_NET_ADMIN"})) is denied


def test_scopes_are_all_surveyed(monkeypatch: pytest.MonkeyPatch) -> None:
    here = module.namespaces.own()
    gone = Scope(name="gone", inode=1, door="/nowhere")
    monkeypatch.setattr(module.namespaces, "discover", lambda *_: ((here, gone), ()))
    gaps = survey().gaps
    assert {spot.scope for spot in gaps if spot.source == "namespace gone"} == {"gone"}


EXTERNAL = Link(5, "vx", "vxlan", 1, 0x10041, outer=Outer(external=True))
ROUTE = Route("10.1.0.0/16", 254, 5, encapsulation="ip", outer=RouteOuter(remote="203.0.113.9"))


def test_far_ends_that_only_routes_name_are_looked_up() -> None:
    """The ways are asked for after the routes were read, and the answer is part of the tunnel."""
    way = Underlay("203.0.113.9", 5, "192.0.2.254")
    routes = probe("routes", Phase.PATHS, (ROUTE,))
    ways = probe("underlay", Phase.WAYS, (way,))
    found = survey(probes=(probe("links", Phase.KERNEL, (EXTERNAL,)), routes, ways))
    told = {spot.probe: spot.source for spot in found.gaps}
    assert told == {"routes": "(5,) ()", "underlay": "() ('203.0.113.9',)"}
    (tunnel,) = found.inventory.tunnels
    assert tunnel.remotes[0].endpoint.address == "203.0.113.9"
