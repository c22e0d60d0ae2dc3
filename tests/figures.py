"""The figures that tests of faults leave behind, and their failures as soon as they happen."""

from collections.abc import Callable

import pytest

Figure = Callable[[str, object], None]

_FIGURE = "figure"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """`figure("duplicates of 1,000 repeats", 0)`: a line of the table that the run ends with."""
    return lambda what, value: record_property(_FIGURE, (what, value))


class _AtOnce:
    """Prints a failure when it happens: a run of an hour may never come to its summary."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.section(report.nodeid)
            terminal.write_line(report.longreprtext)


def pytest_configure(config: pytest.Config) -> None:
    """Be told of failures in runs that take their time."""
    if _takes_long(config):
        config.pluginmanager.register(_AtOnce(config))


def _takes_long(config: pytest.Config) -> bool:
    return "not long" not in config.getoption("markexpr")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured, after a run that took its time for it."""
    if not _takes_long(terminalreporter.config):
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
