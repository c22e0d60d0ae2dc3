"""The API answers as its description says, whatever is sent to it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings, strategies
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import ignored_auth
from starlette.testclient import TestClient

from inbox.app import create_app
from inbox.web.api import description
from inbox.web.api.resources import OPERATIONS
from tests.messaging.scene import organisation
from tests.web import house
from tests.web.api.program import API, Program

# Some rules no schema can tell, such as which code is on somebody's screen now: 422 says them in a sentence.
_ACCEPTED = ["2xx", "401", "403", "404", "409", "422", "429"]
_CONFIG = SchemathesisConfig.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": _ACCEPTED}}})
_SCHEMA = schemathesis.openapi.from_dict(description.openapi(OPERATIONS, server=house.ORIGIN), config=_CONFIG)
_CASES = [found.ok().as_strategy() for found in _SCHEMA.get_all_operations()]


@pytest.fixture
def client(sqlite_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """A program with every scope, whose organisation has a conversation."""
    app = create_app(house.settings(sqlite_url, tmp_path), works=False)
    with TestClient(app, base_url=house.ORIGIN) as client:
        assert client.portal is not None

        async def token() -> str:
            scene = await organisation(app.state.database)
            await scene.text_in()
            program = await Program.of(house.House(app, scene), scene.jo)
            return program.token

        client.headers["Authorization"] = f"Bearer {client.portal.call(token)}"
        yield client


def test_whatever_is_asked_is_answered_as_described(client: TestClient) -> None:
    assert client.get(f"{API}/me").status_code == 200

    statuses: Counter[int] = Counter()

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=strategies.one_of(_CASES))
    def answered(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url=house.ORIGIN + API)
        sent.pop("cookies", None)
        made = {name.lower(): value for name, value in dict(sent.pop("headers", {})).items()}
        headers = {**made, **client.headers}
        answer = client.request(sent.pop("method"), sent.pop("url"), headers=headers, **sent)
        statuses[answer.status_code // 100] += 1
        # That nobody comes in without a token is tests/web/api/test_door.py's.
        case.validate_response(Response.from_any(answer), excluded_checks=[ignored_auth])

    answered()
    assert statuses[2] > 5, f"most of what was asked was not let in: {statuses}"
