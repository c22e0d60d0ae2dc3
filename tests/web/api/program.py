"""A program that bears a token."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import httpx2

from inbox.accounts import api_tokens
from inbox.accounts.scopes import Scope
from inbox.accounts.users import User
from tests.web.house import House

API = "/api/v1"


@dataclass
class Program:
    """Its client and its token; it sends no Origin and no cookie."""

    client: httpx2.AsyncClient
    token: str
    token_id: str

    @classmethod
    async def of(cls, house: House, user: User, wanted: Collection[Scope] = tuple(Scope)) -> "Program":
        """With a token that acts for this user, within these scopes."""
        tenant = house.scene.tenant
        made, token = await api_tokens.create(tenant, user, name="Test", wanted=list(wanted), days="30")
        return cls(await house.browser(), token, made.id)

    async def __call__(self, method: str, path: str, *, key: str | None = None, **more: Any) -> httpx2.Response:
        """Ask for something, with an Idempotency-Key when one is given."""
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Idempotency-Key": key} if key else {})
        return await self.client.request(method, API + path, headers=headers | more.pop("headers", {}), **more)


def told(answer: httpx2.Response, status: int = 200) -> Any:
    """What an answer says, which has to have this status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:1000]}"
    return answer.json()


def refused(answer: httpx2.Response, status: int) -> Any:
    """The problem of an answer, which has to have this status."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text[:1000]
    problem = told(answer, status)
    assert problem["status"] == status
    assert problem["detail"].endswith((".", "first"))
    return problem
