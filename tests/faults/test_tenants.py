"""Fifty organisations, each with a word of its own: none comes to a socket of another one, with and without Redis."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Figure
from tests.faults.installation import Breakable, production
from tests.faults.tenants import Tenants, foreign
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    """Two web processes that many organisations share."""
    with production(Path(tmp_path_factory.mktemp("shared")), workers=0, owns_nothing=True) as installation:
        yield installation


@pytest.mark.parametrize(
    ("organisations", "sockets", "seconds"), [(50, 2, 0), pytest.param(50, 6, 180, marks=pytest.mark.long)]
)
async def test_no_word_of_an_organisation_comes_to_a_socket_of_another(
    shared: Breakable, figure: Figure, organisations: int, sockets: int, seconds: int
) -> None:
    began = time.monotonic()
    async with Tenants(shared, organisations=organisations, sockets=sockets) as tenants:

        async def texted() -> None:
            await tenants.text()
            await until(lambda: all(one.has_seen_all for one in tenants.residents), seconds=30)

        texts = 0
        while texts == 0 or time.monotonic() - began < seconds:
            await texted()
            shared.hints.kill()
            await texted()
            await shared.hints.start()
            if seconds:
                await tenants.open()
                await texted()
            texts = sum(one.sent for one in tenants.residents)
        assert foreign(tenants.residents) == {}
    figure(f"{organisations} organisations, {organisations * sockets} sockets: texts, foreign words", f"{texts}, 0")
