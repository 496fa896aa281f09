"""Rules for the whole test suite."""

import os
from collections.abc import Generator

import pytest


def _nothing_skips(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Make a skip a failure where `CI` is set: a test that does not run there proves nothing."""
    if report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"skipped where nothing may be skipped (CI is set): {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge the report of one test."""
    report = yield
    if os.environ.get("CI"):
        _nothing_skips(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge the report of one module's collection."""
    report = yield
    if os.environ.get("CI"):
        _nothing_skips(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the labs scored: recall and false positives of each technology, on each gateway."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, text in report.user_properties:
            if name.startswith("score of "):
                terminalreporter.section(name)
                terminalreporter.line(str(text))
