"""The policies of the Trust Hub, told apart by what they ask for."""

from types import SimpleNamespace
from typing import Any

import pytest

from providers.contract import Refused
from providers.sandbox import policies as sandbox
from providers.twilio import policies

pytestmark = pytest.mark.anyio


class Hub:
    """A Trust Hub that lists these."""

    def __init__(self, listed: list[dict[str, Any]]) -> None:
        self._listed = listed
        self.policies = self

    async def list_async(self, **_asked: Any) -> list[Any]:
        return [SimpleNamespace(**one) for one in self._listed]


async def test_they_are_told_by_what_they_ask_for_whatever_their_sids() -> None:
    others = [
        {
            "sid": "RNcnam",
            "requirements": {"end_user": [{"type": "cnam_information"}], "supporting_customer_profiles": []},
        },
        {"sid": "RNnone", "requirements": None},
    ]
    found = await policies.read(Hub([*others, *reversed(sandbox.listed())]))
    assert (found.primary, found.profile, found.messaging) == ([sandbox.PRIMARY], sandbox.PROFILE, sandbox.MESSAGING)
    with pytest.raises(Refused, match="lists no policy"):
        await policies.read(Hub(others))
