"""The running sandbox that these tests enter by the front door."""

from collections.abc import Iterator

import pytest

from tests.providers.sandbox.stage import Host, Stage, stage


@pytest.fixture(scope="package")
def host() -> Iterator[Host]:
    """The server of this package's tests."""
    with Host().running() as running:
        yield running


@pytest.fixture
def sandbox(host: Host) -> Iterator[Stage]:
    """A fresh sandbox whose texts are delivered within 40 ms."""
    with stage(host) as running:
        yield running


@pytest.fixture
def slow_sandbox(host: Host) -> Iterator[Stage]:
    """A fresh sandbox whose texts stay queued for as long as a test lasts."""
    with stage(host, sent_after=60, delivered_after=60) as running:
        yield running
