"""The programs of these tests: once per run, as they take seconds to start."""

from collections.abc import Iterator

import pytest

from tests.contract import programs
from tests.contract.emulated import Emulated, emulated
from tests.contract.specification import write_enforceable
from tests.providers.sandbox.stage import Host, Stage, stage


@pytest.fixture(scope="session")
def packages() -> None:
    programs.install_once()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Stage]:
    with Host().running() as host, stage(host) as running:
        yield running


@pytest.fixture(scope="module")
def prism(packages: None, sandbox: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of Prism in front of our sandbox, holding both sides to Twilio's specification."""
    folder = tmp_path_factory.mktemp("prism")
    specification = write_enforceable(programs.SPECIFICATION, folder / "twilio.json")
    with programs.prism(specification, sandbox.url, folder / "prism.log") as url:
        yield url


@pytest.fixture(scope="module")
def emulator(packages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    with emulated(tmp_path_factory.mktemp("emulate")) as running:
        yield running
