"""The HTML report against one plain table of the same rows, made row by row: writing it, opening it, filtering it.

    python benchmarks/report.py [--objects N] [--rounds N]

The plain table has a row for each object with what the report has of it, in both languages and with the same care
for hostile text: details of the same objects, folded, and the same filter by verdict. Each page is written by a
process of its own. Opening is the time until the first frames are drawn, filtering the time from the click to the next
frames, in one Chromium, candidates in turn in each round. Sizes and times of smaller reports are printed beside.
Needs chromium and playwright.
"""

import argparse
import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPORT, PLAIN = "report", "plain table"
LIMITS = {"writing": 0.5, "opening": 0.2, "filtering": 0.1}
VERDICTS = ("non_compliant", "needs_review", "compliant", "permitted", "not_applicable")
SEVERITIES = ("critical", "high", "medium", "low", "info", "none")
SMALLER = (1, 100, 1_000)
FILTERED = {REPORT: ("#f-v0", "#f-verdict"), PLAIN: ("#v-non_compliant", "#v-all")}
_DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_CLICK = f"""async id => {{
  const input = document.querySelector(id), began = performance.now();
  input.click();
  await {_DRAWN};
  return performance.now() - began;
}}"""
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-frame-rate-limit", "--disable-gpu-vsync")


@dataclass(slots=True)
class Measured:
    """What was measured of one candidate: times in seconds, one a round; peak memory of its writer in bytes."""

    writing: list[float] = field(default_factory=list)
    opening: list[float] = field(default_factory=list)
    filtering: list[float] = field(default_factory=list)
    peak_bytes: int = 0
    size_bytes: int = 0


def write(candidate: str, objects: int, path: str) -> None:
    """Write one page to `path` as it is made, and print the CPU time of that in seconds, warmed up by a small page.

    The document is made before: it is the same for both.
    """
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    gc.disable()  # as `auditor scan` does
    from jinja2 import Environment, FileSystemLoader

    from reports import html, words, writing
    from reports.document import document
    from tests.reports import samples

    here = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=writing.shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = here.get_template("plain_report.html.j2")
    kinds = ((words.verdict, VERDICTS), (words.severity, SEVERITIES), (words.outcome, words.OUTCOMES))
    labels = {value: label(value)._asdict() for label, values in kinds for value in values}

    def made(found: dict[str, Any]) -> Any:
        return (
            html.pieces(found)
            if candidate == REPORT
            else template.generate(d=found, labels=labels, detailed=html.detailed(found))
        )

    for _ in made(document(samples.many(10))):
        pass
    whole = document(samples.many(objects))
    began = time.process_time()
    with Path(path).open("w", encoding="utf-8") as file:
        file.writelines(made(whole))
    print(time.process_time() - began)


def written(candidate: str, objects: int, path: Path, into: Measured) -> None:
    """Write one page in a process of its own; note its time and its peak memory."""
    command = [sys.executable, __file__, "--write", candidate, "--objects", str(objects), "--output", str(path)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"writing the {candidate} ended with {child.returncode}")
    into.writing.append(float(told))
    into.peak_bytes = max(into.peak_bytes, usage.ru_maxrss * 1024)
    into.size_bytes = path.stat().st_size


def opened(browser: Any, path: Path, candidate: str, into: Measured) -> None:
    """Open one page in a window of its own, and filter it by the worst verdict and back."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(300_000)
    page.goto(path.as_uri())
    page.evaluate(_DRAWN)
    into.opening.append(page.evaluate("performance.now()") / 1e3)
    on, off = FILTERED[candidate]
    if page.locator(on).count():
        times = [page.evaluate(_CLICK, choice) / 1e3 for choice in (on, off, on, off)]
        into.filtering.append(statistics.median(times))
    page.close()


def compare(objects: int, rounds: int, folder: Path) -> dict[str, Measured]:
    """Return what was measured of both candidates, after one round that only warms up."""
    from playwright.sync_api import sync_playwright

    found = {REPORT: Measured(), PLAIN: Measured()}
    paths = {name: folder / f"{name.replace(' ', '-')}-{objects}.html" for name in found}
    for _ in range(rounds):
        for name, measured in found.items():
            written(name, objects, paths[name], measured)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(_FLAGS))
        for turn in range(rounds + 1):
            for name, measured in found.items():
                opened(browser, paths[name], name, measured if turn else Measured())
        browser.close()
    return found


def ratio(found: dict[str, Measured], what: str) -> float:
    """Return the median over the rounds of the report's time by the plain table's."""
    pairs = zip(getattr(found[REPORT], what), getattr(found[PLAIN], what), strict=True)
    return statistics.median(ours / theirs for ours, theirs in pairs)


def told(found: dict[str, Measured], objects: int) -> str:
    """Return a line for each candidate."""
    return "\n".join(
        f"{objects:6} objects, {name:11}: {m.size_bytes / 1e6:6.2f} MB, {m.peak_bytes / 2**20:4.0f} MiB,"
        f" written in {statistics.median(m.writing):5.2f} s of CPU, opens in {statistics.median(m.opening):5.2f} s"
        + (f", a filter takes {statistics.median(m.filtering) * 1e3:6.1f} ms" if m.filtering else "")
        for name, m in found.items()
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison and print it; return 0 if every limit is kept, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", choices=(REPORT, PLAIN), help=argparse.SUPPRESS)
    parser.add_argument("--output", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.write:
        write(options.write, options.objects, options.output)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for objects in SMALLER:
            print(told(compare(objects, 1, Path(folder)), objects), flush=True)
        found = compare(options.objects, options.rounds, Path(folder))
    print(told(found, options.objects))
    met = True
    for what, limit in LIMITS.items():
        share = ratio(found, what)
        met = met and share <= limit
        word = "met" if share <= limit else "MISSED"
        print(f"{word}: {what} the report takes {share:.3f} of the {PLAIN} (at most {limit:g})")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
