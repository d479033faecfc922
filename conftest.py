"""The test run: fixtures that start real parts, and what becomes of a skip.

A test whose tool is missing is skipped by name, and the run ends with the names. With
REQUIRE_ALL=1 each skip is a failure, so that no proof is missing unseen where all tools are.
"""

import os

import pytest

pytest_plugins = ["tests.emulators"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Turn a skip into a failure where everything is required."""
    report = yield
    if report.skipped and os.environ.get("REQUIRE_ALL") == "1":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and REQUIRE_ALL=1: {report.longrepr}"
    return report
