"""A namespace whose tunnels come and go, and the papers of the company that owns it; all chosen by one seed."""

import random
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime(2026, 3, 1, 9, tzinfo=UTC)

# Name of the device -> what ip(8) is told, the technology it is, and its far end.
DEVICES: dict[str, tuple[str, str, str | None]] = {
    **{
        f"vx{n}": (f"type vxlan id {n} remote 203.0.113.{10 + n} dstport {4788 + n}", "vxlan", f"203.0.113.{10 + n}")
        for n in range(1, 9)
    },
    **{f"tun{n}": ("mode tun", "tun", None) for n in range(1, 4)},
    **{f"tap{n}": ("mode tap", "tap", None) for n in range(1, 4)},
}


@dataclass(frozen=True, slots=True)
class Truth:
    """What one scan has to find, and when it says it began: `papers` numbers the register, `tunnels` are there."""

    at: datetime
    tunnels: frozenset[str]
    papers: int


class World:
    """The gateway in namespace `name`, its papers below `directory`, and its clock."""

    def __init__(self, name: str, directory: Path, chosen: random.Random) -> None:
        """Begin with half of the tunnels."""
        self.name = name
        self.config = directory / "auditor.toml"
        self._register = directory / "register.toml"
        self._chosen = chosen
        self._there: set[str] = set()
        self._papers = 0
        self._used: set[datetime] = set()
        self.max_scans = 100_000
        self.max_age_days = 3_660
        self.now = BEGIN
        self._ip(["link set lo up", "link add out type bridge", "addr add 192.0.2.1/24 dev out", "link set out up"])
        self.change(len(DEVICES) // 2)
        self.rewrite()

    def change(self, count: int) -> None:
        """Let `count` tunnels come or go; their number stays about half of all, so that no scan is a larger one."""
        commands = []
        for _ in range(count):
            gone = sorted(DEVICES.keys() - self._there)
            if gone and self._chosen.random() < len(gone) / len(DEVICES):
                name = self._chosen.choice(gone)
                how = DEVICES[name][0]
                self._there.add(name)
                commands.append(f"{'tuntap' if how.startswith('mode') else 'link'} add {name} {how}")
                if self._chosen.random() < 0.8:
                    commands.append(f"link set {name} up")
            elif self._there:
                name = self._chosen.choice(sorted(self._there))
                self._there.remove(name)
                commands.append(f"link del {name}")
        self._ip(commands)

    def _ip(self, commands: list[str]) -> None:
        """Run commands of ip(8) in the namespace."""
        subprocess.run(["ip", "-n", self.name, "-batch", "-"], input="\n".join(commands), text=True, check=True)

    def rewrite(self) -> None:
        """Write another register, and the configuration with what is to be kept now."""
        self._papers += 1
        self._register.write_text(
            f'reviewed_on = 2026-02-01\n[[network]]\nname = "Office {self._papers}"\nrelation = "own"\n'
            'location = "SG"\nprefixes = ["203.0.113.0/26"]\n'
        )
        self.keep(self.max_scans, self.max_age_days)

    def keep(self, max_scans: int, max_age_days: int) -> None:
        """Write the configuration: how many scans are kept, and for how long."""
        self.max_scans, self.max_age_days = max_scans, max_age_days
        self.config.write_text(
            'gateway_name = "gw"\nregister = "register.toml"\n[site]\nname = "Office"\nlocation = "CN"\n'
            f"[history]\nmax_scans = {max_scans}\nmax_age_days = {max_age_days}\n"
        )

    def pass_time(self, by: timedelta) -> None:
        """Move the clock, backwards too; no two moments are the same, so that a moment names a scan."""
        self.now += by
        while self.now in self._used:
            self.now += timedelta(seconds=1)
        self._used.add(self.now)

    def truth(self) -> Truth:
        """Return what is there now."""
        return Truth(at=self.now, tunnels=frozenset(self._there), papers=self._papers)
