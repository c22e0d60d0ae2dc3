"""The running sandbox that these tests enter by the front door."""

from collections.abc import Iterator

import pytest

from tests.providers.sandbox.stage import Stage, stage


@pytest.fixture
def sandbox() -> Iterator[Stage]:
    """A fresh sandbox whose texts are delivered within 40 ms."""
    with stage() as running:
        yield running


@pytest.fixture
def slow_sandbox() -> Iterator[Stage]:
    """A fresh sandbox whose texts stay queued for as long as a test lasts."""
    with stage(sent_after=60, delivered_after=60) as running:
        yield running
