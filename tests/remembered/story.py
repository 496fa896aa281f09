"""The random order of things: the lab changes, scans are made, killed, doubled and refused; files are damaged.

After each step the model looks at the journal; now and then, and at the end, at every answer of the program.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.remembered.answers import Answers
from tests.remembered.attempt import Attempt, Fault, begin, ended
from tests.remembered.model import Model
from tests.remembered.world import World

_KERNEL = ("links", "addresses", "routes", "xfrm")
_PROBES = tuple(option for name in _KERNEL for option in ("--probe", name))
_STEPS_OF_A_SCAN = 30
_SCAN_S = 0.6
_DAMAGES = ("index deleted", "index garbage", "scan edited", "scan cut", "scan removed", "report")
_ROOT = Path(__file__).resolve().parents[2]


class Story:
    """`scans` attempts on `world`, remembered in `directory`, everything chosen by `chosen`."""

    def __init__(self, world: World, directory: Path, chosen: random.Random, scans: int) -> None:
        """Prepare; `tell` does it."""
        self._world, self._chosen, self._scans = world, chosen, scans
        self._output = directory / "report"
        self.model = Model(self._output)
        self.answers = Answers(self.model, self._output)
        self.happened: Counter[str] = Counter()
        self.clean: list[tuple[int, Attempt]] = []
        self.sizes: list[tuple[int, int]] = []
        self.attempts = 0

    def tell(self) -> None:
        """Do everything; raises AssertionError where the program and the model differ."""
        checked = 0
        while self.attempts < self._scans:
            self._world.change(self._chosen.choice((0, 1, 1, 2, 3)))
            self._world.pass_time(self._later())
            if self._chosen.random() < 0.1:
                self._happens("papers changed", self._world.rewrite)
            if self.attempts > 0.85 * self._scans and self._chosen.random() < 0.1:
                self._happens("retention changed", self._retention)
            self._step()
            if self._chosen.random() < 0.08:
                self._damage()
            if self.attempts - checked >= max(20, self._scans // 10):
                self.answers.check(self._chosen, pairs=6)
                checked = self.attempts
        self._world.pass_time(self._later())
        self._clean_scan()
        self.answers.check(self._chosen, pairs=60)
        self.answers.damaged_copies(self._chosen)

    def _later(self) -> timedelta:
        """Return how much later it is; now and then the clock is set back."""
        if self._chosen.random() < 0.03:
            self.happened["clock set back"] += 1
            return -timedelta(hours=self._chosen.randrange(1, 100))
        return timedelta(minutes=self._chosen.randrange(20, 1500))

    def _happens(self, name: str, what: Any) -> None:
        """Do something and count it."""
        self.happened[name] += 1
        what()

    def _retention(self) -> None:
        """Keep fewer scans, or as many as there come."""
        count = max(5, self._scans // self._chosen.choice((3, 4, 6)))
        self._world.keep(*self._chosen.choice(((count, 3_660), (100_000, 120), (100_000, 3_660))))

    def _step(self) -> None:
        """Scan, in one of the ways that there are."""
        roll = self._chosen.random()
        if roll < 0.22:
            self._spoiled("killed while it writes", Fault(killed_at_step=self._chosen.randint(1, _STEPS_OF_A_SCAN)))
        elif roll < 0.32:
            self._spoiled("killed at any moment", Fault(killed_after_s=self._chosen.random() * _SCAN_S))
        elif roll < 0.36:
            self._spoiled("disk full", Fault(full_at_step=self._chosen.randint(1, _STEPS_OF_A_SCAN)))
        elif roll < 0.40:
            self._spoiled("stopped", Fault(stopped_at_step=self._chosen.randint(1, _STEPS_OF_A_SCAN)))
        elif roll < 0.43:
            self._two_at_once()
        elif roll < 0.46:
            self._by_command_line()
        else:
            self._clean_scan()

    def _attempt(self, fault: Fault) -> Attempt:
        """Make one scan and let the model look."""
        self.attempts += 1
        attempt = ended(begin(self._world, self._output, fault, *_PROBES))
        assert "CHILD" not in attempt.said, attempt.said
        assert "Traceback" not in attempt.said, attempt.said
        self.model.after([attempt])
        return attempt

    def _spoiled(self, name: str, fault: Fault) -> None:
        """Scan while something goes wrong."""
        before = self._unfinished()
        attempt = self._attempt(fault)
        self.happened[name if attempt.code is None or not attempt.reported else f"{name}, too late"] += 1
        if attempt.code is not None and not attempt.reported:
            assert attempt.code == 3, attempt
            why = "stopped by a signal" if fault.stopped_at_step else "No space left on device"
            assert why in attempt.said, attempt.said
            assert not self._unfinished() - before, "it cleans up after itself"
            if fault.stopped_at_step and attempt.truth in self.model.stored.values():
                self.model.last(attempt.truth)

    def _clean_scan(self) -> None:
        """Scan while nothing goes wrong: it must work, whatever was left behind."""
        self._leave_alone_for_a_day()
        attempt = self._attempt(Fault())
        assert attempt.reported, attempt.said
        self.happened["clean"] += 1
        self.model.limits(self._world.max_scans)
        if not self.happened["index lost"] or self._indexed():
            self.clean.append((max(self.model.stored), attempt))
        self.model.indexed_up_to_last()
        size = sum(entry.stat().st_size for entry in os.scandir(self.model.history))
        self.sizes.append((len(self.model.kept()), size))
        assert not self._unfinished(), "something unfinished is left"

    def _indexed(self) -> bool:
        """Return whether the index was there before this scan: one that is made anew costs time of its own."""
        return bool(self.model.indexed)

    def _unfinished(self) -> set[Path]:
        """Return the files that wait for their names."""
        return set(self._output.rglob(".*.new"))

    def _leave_alone_for_a_day(self) -> None:
        """Let what a killed scan left behind become a day old."""
        old = time.time() - 86400
        for path in self._output.rglob(".*.new"):
            os.utime(path, (old, old))

    def _two_at_once(self) -> None:
        """Start two scans; one may be refused, and then says why."""
        first = begin(self._world, self._output, Fault(), *_PROBES)
        self._world.pass_time(timedelta(seconds=1))
        second = begin(self._world, self._output, Fault(), *_PROBES)
        both = [ended(first), ended(second)]
        self.attempts += 2
        assert any(attempt.reported for attempt in both), both
        for attempt in both:
            assert attempt.reported or (attempt.code == 3 and "another scan is under way" in attempt.said), attempt
        self.model.after(both)
        self.happened["two at once"] += 1

    def _by_command_line(self) -> None:
        """Scan with every probe, as a process of its own, and ask what monitoring asks; its clock is the real one."""
        self.attempts += 1
        truth = self._world.truth()
        command = [sys.executable, "-m", "auditor"]
        options = ["--config", str(self._world.config), "--output", str(self._output), "--quiet"]
        inside = ["ip", "netns", "exec", self._world.name, *command, "scan", *options]
        done = subprocess.run(inside, capture_output=True, text=True, check=False, cwd=_ROOT)
        assert done.returncode in (1, 2, 3), done
        assert not done.stderr, done.stderr
        at = json.loads((self._output / "report.json").read_bytes())["scan"]["started_at"]
        self.model.after_real_scan(truth, datetime.fromisoformat(at))
        asked = [*command, "check", "--directory", str(self._output)]
        check = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=_ROOT)
        assert check.returncode == done.returncode, (check, done)
        self.happened["by the command line"] += 1

    def _damage(self) -> None:
        """Damage something that is stored, as a person or a disk does."""
        what = self._chosen.choice(
            ("index deleted", "index garbage", "scan edited", "scan cut", "scan removed", "report")
        )
        number = self.model.some(self._chosen)
        if what.startswith("index"):
            index = self.model.history / "index.sqlite"
            if index.exists():
                index.unlink() if what == "index deleted" else index.write_bytes(os.urandom(5000))
            self.model.indexed.clear()
            self.happened["index lost"] += 1
            self._world.pass_time(self._later())
            self._clean_scan()
        elif what == "report":
            self.happened["report edited"] += 1
            path = self._output / "report.json"
            path.write_bytes(path.read_bytes().replace(b"203.0.113.", b"198.51.100."))
            self.model.settled = False
        elif number is not None:
            self.happened[what] += 1
            self._damage_scan(what, number)

    def _damage_scan(self, what: str, number: int) -> None:
        """Edit, cut or remove a stored scan."""
        path = self.model.path(number)
        if what == "scan removed":
            path.unlink()
            self.model.faults[number] = "missing"
            return
        data = path.read_bytes()
        path.write_bytes(data.replace(b'"t-', b'"u-') if what == "scan edited" else data[:-9])
        self.model.faults[number] = "changed"

    def costs(self) -> str:
        """Return what a scan took early and late, and how the history grew."""
        full = [(number, attempt) for number, attempt in self.clean if number <= 0.85 * len(self.model.stored)]
        early, late = full[5:25], full[-20:]
        lines = [f"{self.attempts} scans tried, {len(self.model.stored)} stored; {dict(sorted(self.happened.items()))}"]
        for name, measure in (("CPU", "cpu_s"), ("wall", "wall_s")):
            first, last = (statistics.median(getattr(a, measure) for _, a in part) for part in (early, late))
            lines.append(
                f"{name} a scan: {first * 1e3:.0f} ms around scan {early[len(early) // 2][0]},"
                f" {last * 1e3:.0f} ms around scan {late[len(late) // 2][0]}: {last / first:.2f} times"
            )
        kept, size = max(self.sizes)
        lines.append(f"history: {size / 1e6:.1f} MB for {kept} scans, {size / kept / 1e3:.1f} kB each")
        return "\n".join(lines)

    def ratio(self) -> float:
        """Return by how much a late scan costs more CPU than an early one."""
        full = [attempt.cpu_s for number, attempt in self.clean if number <= 0.85 * len(self.model.stored)]
        return statistics.median(full[-20:]) / statistics.median(full[5:25])
