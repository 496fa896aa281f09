"""Looking at the host: probes of every phase in every namespace, each phase guided by the ones before."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Self

from auditor import namespaces
from auditor.correlate import correlate_tables, resolved
from auditor.correlate.owners import worth_asking
from auditor.correlate.tables import Tables, build, extend
from auditor.correlate.targets import draft, path_targets, way_targets
from auditor.gateway import privileges
from auditor.host import Host
from auditor.model.register import Config, Register
from auditor.model.rows import Process
from auditor.model.sightings import BlindSpot, ProbeRun, Reason, Scope
from auditor.model.tunnel import Inventory
from auditor.probe import Extent, Phase, Probe, Targets
from auditor.worker import Job, run_jobs

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the host showed: connections, the runs behind them, and every gap, of probes or of correlation.

    `tables` are the rows of all runs, indexed.
    """

    inventory: Inventory
    runs: tuple[ProbeRun, ...]
    scopes: tuple[Scope, ...]
    gaps: tuple[BlindSpot, ...]
    tables: Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyor:
    """Runs `probes` on `host`; `selected` None means all, others become blind spots."""

    host: Host
    probes: tuple[Probe, ...]
    register: Register
    time_limit_s: float
    now_s: int
    selected: frozenset[str] | None = None
    disabled: frozenset[str] = frozenset()
    progress: Progress = lambda _: None

    @classmethod
    def stated(
        cls,
        config: Config,
        register: Register,
        *,
        host: Host,
        probes: tuple[Probe, ...],
        now_s: int,
        selected: frozenset[str] | None = None,
        progress: Progress = lambda _: None,
    ) -> Self:
        """Return a surveyor that keeps to `config`: the time for each probe, and those that it switches off."""
        return cls(
            host=host,
            probes=probes,
            register=register,
            time_limit_s=config.probes.time_limit_s,
            now_s=now_s,
            selected=selected,
            disabled=frozenset(config.probes.disabled),
            progress=progress,
        )

    def survey(self) -> Survey:
        """Return what the host shows; a probe that fails is a gap, never an error."""
        here = namespaces.own()
        runs = self._run(Phase.KERNEL, Extent.HOST, (here,), lambda _: Targets())
        processes = tuple(row for run in runs for row in run.rows if isinstance(row, Process))
        scopes, unseen = namespaces.discover(self.host, processes)
        runs += self._run(Phase.KERNEL, Extent.NAMESPACE, scopes, lambda _: Targets())
        tables = build(runs)
        asked = Targets(owners=worth_asking(tables))
        runs += self._extend(tables, Phase.DAEMONS, (here, *scopes), lambda _: asked)
        runs += self._extend(tables, Phase.PATHS, (here, *scopes), self._paths(tables))
        runs += self._extend(tables, Phase.WAYS, (here, *scopes), self._ways(tables))
        inventory, found = correlate_tables(tables, now_s=self.now_s)
        held = frozenset(privileges(self.host))
        spots = [spot for run in runs for spot in run.blind_spots]
        return Survey(
            inventory=inventory,
            runs=tuple(runs),
            scopes=scopes,
            gaps=tuple(dict.fromkeys(_held_back(spot, held) for spot in (*spots, *unseen, *found, *self._skipped()))),
            tables=tables,
        )

    def with_ways(self, survey: Survey) -> Survey:
        """Return `survey` with the ways out to far ends whose addresses were looked up since, and any new gap."""
        found, tables = survey.inventory, survey.tables
        aims = {scope.inode: resolved.targets(scope, tables, found.tunnels) for scope in survey.scopes}
        scopes = [scope for scope in survey.scopes if aims[scope.inode] != Targets()]
        runs = self._run(Phase.WAYS, Extent.NAMESPACE, scopes, lambda scope: aims[scope.inode])
        extend(tables, runs)
        held = frozenset(privileges(self.host))
        spots = (_held_back(spot, held) for run in runs for spot in run.blind_spots)
        return replace(
            survey,
            inventory=replace(found, tunnels=resolved.with_ways(tables, found.tunnels)),
            runs=(*survey.runs, *runs),
            gaps=tuple(dict.fromkeys((*survey.gaps, *spots))),
        )

    def _paths(self, tables: Tables) -> Callable[[Scope], Targets]:
        """Return what tells PATHS its targets in a namespace, from what is known by now."""
        known = draft(tables, now_s=self.now_s)
        return lambda scope: path_targets(scope, known, self.register.watched)

    def _ways(self, tables: Tables) -> Callable[[Scope], Targets]:
        """Return what tells WAYS its targets in a namespace, from what is known by now."""
        known = draft(tables, now_s=self.now_s)
        return lambda scope: way_targets(scope, known)

    def _extend(
        self, tables: Tables, phase: Phase, scopes: tuple[Scope, ...], aim: Callable[[Scope], Targets]
    ) -> list[ProbeRun]:
        """Run `phase`, once for the host (the first of `scopes`) and in every namespace, and index what it saw."""
        runs = self._run(phase, Extent.HOST, scopes[:1], aim)
        runs += self._run(phase, Extent.NAMESPACE, scopes[1:], aim)
        extend(tables, runs)
        return runs

    def _run(
        self, phase: Phase, extent: Extent, scopes: Iterable[Scope], aim: Callable[[Scope], Targets]
    ) -> list[ProbeRun]:
        """Run the wanted probes of `phase` and `extent` in each of `scopes`."""
        jobs = [
            Job(probe=probe, scope=scope, targets=aim(scope))
            for scope in scopes
            for probe in self.probes
            if probe.phase is phase and probe.extent is extent and self._wanted(probe)
        ]
        if jobs:
            self.progress(f"{phase.name.lower()}: {len(jobs)} probe runs")
        return run_jobs(jobs, time_limit_s=self.time_limit_s, host=self.host)

    def _wanted(self, probe: Probe) -> bool:
        """Return whether `probe` is to run."""
        return probe.name not in self.disabled and (self.selected is None or probe.name in self.selected)

    def _skipped(self) -> list[BlindSpot]:
        """Return a gap for each probe that was left out on purpose."""
        why = {True: "switched off in the configuration", False: "left out on the command line"}
        return [
            BlindSpot(
                probe=probe.name,
                scope="host",
                source=", ".join(probe.reads),
                reason=Reason.SKIPPED,
                detail=why[probe.name in self.disabled],
                hides=probe.covers,
            )
            for probe in self.probes
            if not self._wanted(probe)
        ]


def _held_back(spot: BlindSpot, held: frozenset[str]) -> BlindSpot:
    """Return `spot` without advice to take privileges that this process has already: something else forbids it."""
    wanted = set(re.findall(r"CAP_[A-Z_]+", spot.needs or ""))
    if spot.reason is not Reason.PERMISSION or not wanted or not wanted <= held:
        return spot
    detail = (
        f"{spot.detail} (refused although {' and '.join(sorted(wanted))} is held: a security module or user namespace)"
    )
    return replace(spot, needs=None, detail=detail)
