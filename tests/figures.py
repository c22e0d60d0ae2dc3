"""The figures that tests of faults leave behind."""

from collections.abc import Callable

import pytest

Figure = Callable[[str, object], None]

_FIGURE = "figure"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """`figure("duplicates of 1,000 repeats", 0)`: a line of the table that the run ends with."""
    return lambda what, value: record_property(_FIGURE, (what, value))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured, after a run that took its time for it."""
    if "not long" in terminalreporter.config.getoption("markexpr"):
        return
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    figures = [
        value
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == _FIGURE
    ]
    if not figures:
        return
    terminalreporter.section("figures")
    width = max(len(what) for what, _ in figures)
    for what, value in sorted(figures):
        terminalreporter.write_line(f"figure: {what:<{width}}  {value}")
