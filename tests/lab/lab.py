"""A finished lab: the site with its truth, and scans of it by the real command."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.lab import cgroups
from tests.lab.node import Argument
from tests.lab.paperwork import COMPLIANT, Papers, config, register
from tests.lab.sets import EVERYTHING, Part
from tests.lab.site import Site

PROJECT = Path(__file__).resolve().parents[2]
_PREFIX = "auditor-lab-"
_USER = ("--reuid=65534", "--regid=65534", "--clear-groups")
NOBODY = ("setpriv", *_USER, "--inh-caps=-all", "--bounding-set=-all")


def service_user(unit: Path) -> tuple[str, ...]:
    """Return what runs a command as the service `unit` does: as an ordinary user with its ambient capabilities."""
    lines = unit.read_text().splitlines()
    named = next(line.partition("=")[2] for line in lines if line.startswith("AmbientCapabilities="))
    held = ",".join(f"+{name.lower().removeprefix('cap_')}" for name in named.split())
    return ("setpriv", *_USER, f"--inh-caps=-all,{held}", f"--ambient-caps=-all,{held}", f"--bounding-set=-all,{held}")


@dataclass(frozen=True, slots=True)
class Scan:
    """What one run of the command left behind; `report` and `html` are None if it wrote none."""

    code: int
    stdout: str
    stderr: str
    output: Path

    @property
    def report(self) -> Any:
        """Return report.json, parsed; raises FileNotFoundError with the command's own words."""
        path = self.output / "report.json"
        if not path.exists():
            raise FileNotFoundError(f"exit code {self.code}, no report.json\n{self.stdout}\n{self.stderr}")
        return json.loads(path.read_bytes())

    @property
    def html(self) -> str:
        """Return report.html."""
        return (self.output / "report.html").read_text(encoding="utf-8")

    def everything(self) -> dict[str, bytes]:
        """Return every byte that came out: both streams and each file written, also unpacked, by name."""
        files = {
            str(path.relative_to(self.output)): path.read_bytes()
            for path in sorted(self.output.rglob("*"))
            if path.is_file()
        }
        unpacked = {f"{name}, unpacked": gzip.decompress(data) for name, data in files.items() if name.endswith(".gz")}
        told = {"stdout": self.stdout.encode(errors="surrogateescape"), "stderr": self.stderr.encode()}
        return told | files | unpacked


class Lab(Site):
    """A site on which everything works; a context manager that leaves nothing behind."""

    def __init__(self, parts: Iterable[Part] = EVERYTHING) -> None:
        """Build the site and wait until every tunnel carries traffic; raises LabError."""
        _remove_left_over()
        work = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        work.chmod(0o711)
        self._scans = 0
        try:
            super().__init__(work)
            for part in parts:
                part(self)
            self.finish()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Return the lab."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the lab."""
        self.close()

    def close(self) -> None:
        """End every process and remove the lab's files; may be called again."""
        super().close()
        shutil.rmtree(self.work, ignore_errors=True)

    def papers(self, papers: Papers = COMPLIANT, name: str = "papers") -> Path:
        """Write auditor.toml and register.toml into a directory both the machine and the gateway see."""
        directory = self.work / name
        directory.mkdir(exist_ok=True)
        (directory / "register.toml").write_text(register(self, papers), encoding="utf-8")
        path = directory / "auditor.toml"
        path.write_text(config(papers), encoding="utf-8")
        return path

    def command(
        self,
        *arguments: Argument,
        python: Iterable[str] = (),
        wrap: Iterable[str] = (),
        environment: dict[str, str] | None = None,
        limit_s: float = 120.0,
    ) -> subprocess.CompletedProcess[str]:
        """Run `python -m auditor ARGUMENTS` inside the gateway.

        `python` are options of the interpreter, `wrap` a command around it (`NOBODY`: an ordinary user).
        """
        return self.gateway.run(
            *wrap,
            sys.executable,
            *python,
            "-m",
            "auditor",
            *arguments,
            check=False,
            cwd=str(PROJECT),
            limit_s=limit_s,
            environment={"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"} | (environment or {}),
        )

    def outside(self, *arguments: Argument, limit_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run `python -m auditor ARGUMENTS` on this machine, where nothing of the gateway can be seen."""
        command = [sys.executable, "-m", "auditor", *map(str, arguments)]
        return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=limit_s, check=False)

    def scan(
        self,
        *arguments: Argument,
        papers: Papers | None = COMPLIANT,
        python: Iterable[str] = (),
        wrap: Iterable[str] = (),
        environment: dict[str, str] | None = None,
        limit_s: float = 120.0,
    ) -> Scan:
        """Run `auditor scan` inside the gateway with `papers` (None: no configuration) into a new directory."""
        self._scans += 1
        output = self.work / f"scan-{self._scans}"
        output.mkdir()
        if "--reuid=65534" in wrap:
            os.chown(output, 65534, 65534)
        named: list[Argument] = ["--config", self.papers(papers)] if papers else []
        done = self.command(
            *("scan", *named, "--output", output, *arguments),
            python=python,
            wrap=wrap,
            environment=environment,
            limit_s=limit_s,
        )
        return Scan(code=done.returncode, stdout=done.stdout, stderr=done.stderr, output=output)

    def truth(self) -> dict[str, Any]:
        """Return the truth as plain data, for people."""
        return {
            "tunnels": [asdict(tunnel) for tunnel in self.tunnels],
            "not_tunnels": [asdict(device) for device in self.not_tunnels],
        }


def _remove_left_over() -> None:
    """Remove the directories and control groups of labs whose builder was killed; their processes ended with it."""
    cgroups.remove_left_over()
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        builder = directory.name.removeprefix(_PREFIX).partition("-")[0]
        if not Path(f"/proc/{builder}").exists():
            shutil.rmtree(directory, ignore_errors=True)
