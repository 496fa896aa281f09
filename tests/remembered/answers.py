"""Every answer of the program about what it remembers, against the model."""

import contextlib
import io
import json
import random
import re
import shutil
from datetime import datetime
from pathlib import Path

from auditor.cli import main
from auditor.history import hidden
from tests.remembered.model import Model, moment
from tests.remembered.world import DEVICES

_FINDING = re.compile(r"(scan-\d+\.json|journal:\d+|report\.\w+): ")


class Answers:
    """Asks `auditor history`, `diff` and `verify` about the report directory of `model`."""

    def __init__(self, model: Model, directory: Path) -> None:
        """Ask about `directory`."""
        self._model, self._directory = model, directory

    def check(self, chosen: random.Random, *, pairs: int) -> None:
        """Compare everything; `pairs` of scans with each other."""
        self._scans()
        self._connections()
        self._verified()
        for _ in range(pairs):
            if len(sound := self._model.sound()) > 1:
                self._difference(*chosen.sample(sound, 2))

    def _ask(self, *arguments: str) -> tuple[int, str]:
        """Return exit code and output of one command."""
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = main([*arguments])
        return code, said.getvalue()

    def _scans(self) -> None:
        """`auditor history` lists the scans that the index took in, in order, each as it was."""
        _, said = self._ask("history", "-d", str(self._directory), "--format", "json", "--last", "0")
        self._model.indexed_up_to_last()
        rows = json.loads(said)
        assert [row["number"] for row in rows] == sorted(self._model.indexed)
        for row in rows:
            truth = self._model.stored[row["number"]]
            assert moment(datetime.fromisoformat(row["began"])) == moment(truth.at)
            assert row["connections"] == len(self._model.states[row["number"]])
            assert row["status"] == self._model.lines[row["number"]]["status"]

    def _connections(self) -> None:
        """`auditor history --connections` tells of each tunnel how often it was seen, when first and last."""
        _, said = self._ask("history", "-d", str(self._directory), "--format", "json", "--connections")
        rows = {row["id"]: row for row in json.loads(said)}
        numbers = sorted(self._model.indexed)
        for name in DEVICES:
            seen = [number for number in numbers if name in self._model.stored[number].tunnels]
            if not seen:
                continue
            row = rows[self._model.ids[name]]
            assert row["seen"] == len(seen), (name, row, len(seen))
            if row["present"] is None:  # what the newest scan could not read may hide it
                assert self._unread_since(seen[-1], numbers[-1]), (name, row)
            else:
                assert row["present"] == (seen[-1] == numbers[-1]), (name, row)
            for field, number in (("first_seen", seen[0]), ("last_seen", seen[-1])):
                at = moment(datetime.fromisoformat(row[field]))
                assert at == moment(self._model.stored[number].at), (name, field, row)

    def _unread_since(self, then: int, now: int) -> bool:
        """Return whether scan `now` could not read what scan `then` could, or one of them is no longer whole."""
        if then == now:
            return False
        if not {then, now} <= set(self._model.sound()):
            return True
        spots = [hidden.gaps(json.loads(self._model.path(number).read_bytes())).keys() for number in (then, now)]
        return bool(spots[1] - spots[0])

    def _verified(self) -> None:
        """`auditor verify` names the files that were damaged and no others, and those recorded late."""
        code, named, late = self._verify(self._directory)
        damaged = {self._model.path(number).name for number in self._model.faults}
        # NOTE: what a killed scan left is told as such until the next scan sets it right.
        left = {name for name in named if name.startswith("report.") or name == self._model.path_of_next().name}
        assert named - left == damaged, (named, damaged)
        assert not left or not self._model.settled, named
        assert (code == 0) == (not named), (code, named)
        assert late == len(self._model.recovered), (late, self._model.recovered)

    def _verify(self, directory: Path) -> tuple[int, set[str], int]:
        """Return exit code of `auditor verify`, the files it calls at fault, and how many were recorded late."""
        code, said = self._ask("verify", "-d", str(directory))
        lines = [line.split(": ", 1) for line in said.splitlines() if _FINDING.match(line)]
        late = sum("recorded by a later run" in says for _, says in lines)
        return code, {name for name, says in lines if "recorded by a later run" not in says}, late

    def _difference(self, old: int, new: int) -> None:
        """`auditor diff` of any two scans tells exactly the tunnels that came and went."""
        paths = [str(self._model.path(number)) for number in (old, new)]
        code, said = self._ask("diff", *paths, "--format", "json")
        assert code == 0
        found = json.loads(said)
        truths = [self._model.stored[number] for number in (old, new)]
        self._model.compare(found["changes"]["entries"], *truths)
        assert found["backwards"] == (truths[0].at > truths[1].at)

    def damaged_copies(self, chosen: random.Random) -> None:
        """A journal in which one bit is another, or from which a line is missing, is named by `verify`."""
        copy = self._directory.with_name("copy")
        shutil.copytree(self._directory, copy)
        journal = copy / "history/journal"
        data = journal.read_bytes()
        lines = data.splitlines(keepends=True)
        for turn in range(12):
            spoiled = bytearray(data)
            if turn % 3:
                spoiled[chosen.randrange(len(data))] ^= 1 << chosen.randrange(8)
            else:
                missing = chosen.randrange(len(lines) - 1)
                spoiled = bytearray(b"".join(lines[:missing] + lines[missing + 1 :]))
            journal.write_bytes(spoiled)
            code, named, _ = self._verify(copy)
            assert any(name.startswith("journal:") for name in named), turn
            assert code != 0
        shutil.rmtree(copy)
