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
