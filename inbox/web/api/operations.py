"""What the API can do: each operation with its route, its scope, and what goes in and comes out."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request

from inbox.accounts.bearers import Bearer
from inbox.accounts.scopes import Scope
from inbox.errors import NotAllowed
from inbox.storage.database import Tenant
from inbox.web.forms import as_id

BASE = "/api/v1"

# NUL cannot be stored as text in PostgreSQL.
Line = Annotated[str, Meta(max_length=300, pattern=r"^[^\x00]*$")]
Text = Annotated[str, Meta(max_length=6400, pattern=r"^[^\x00]*$")]
Cursor = Annotated[
    str, Meta(max_length=400, pattern=r"^[^\x00]*$", description="`next` of the page before; the first page without.")
]

Body = TypeVar("Body")
Query = TypeVar("Query")


class Input(Struct, forbid_unknown_fields=True):
    """What a program sends: a field that nobody knows is a slip of the pen, not to be passed over."""


class Nothing(Input):
    """No fields at all."""


@dataclass(frozen=True, slots=True)
class Call(Generic[Body, Query]):
    """One request that was let in: who asks, and what for."""

    request: Request
    bearer: Bearer | None
    seen: Tenant | None
    """The data that the token opens, of operations that need one."""
    body: Body
    query: Query

    @property
    def me(self) -> Bearer:
        """In whose name the token acts; of operations that need a token."""
        if self.bearer is None:
            raise NotAllowed
        return self.bearer

    @property
    def tenant(self) -> Tenant:
        """The data that the token opens: what its owner may see."""
        if self.seen is None:
            raise NotAllowed
        return self.seen

    def id(self, name: str) -> str:
        """An id in the address."""
        return as_id(str(self.request.path_params[name]))


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does. Without `needs_token` anybody may ask, without a scope any token is enough."""

    method: str
    path: str
    summary: str
    call: Callable[[Call[Any, Any]], Awaitable[Any]]
    answers: Any
    status: int = 200
    scope: Scope | None = None
    needs_token: bool = True
    takes: type[Input] | None = None
    asks: type[Input] = Nothing
    refusals: tuple[int, ...] = ()
    """The statuses with which it may be refused, besides those of every operation."""

    @property
    def name(self) -> str:
        """Its id in the description: that of the function, with its resource."""
        return f"{self.call.__module__.rpartition('.')[2]}.{self.call.__name__}"

    @property
    def is_write(self) -> bool:
        """Whether it changes something, so that an Idempotency-Key is of use."""
        return self.method != "GET"

    @property
    def resource(self) -> str:
        """What it is about, in words: "Message templates"."""
        return self.call.__module__.rpartition(".")[2].replace("_", " ").capitalize()


class Page(Struct, Generic[Body]):
    """Some of a list; `next` is the cursor of what follows, null at its end."""

    data: list[Body]
    next: str | None


_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_FIELD = re.compile(r"(?:required|unknown) field `(\w+)`")


def complaint(error: msgspec.ValidationError) -> dict[str, str]:
    """What is wrong with input, by the field that it is about."""
    found = _WHERE.match(str(error))
    what, path = (found["what"], found["path"] or "$") if found else (str(error), "$")
    named = _FIELD.search(what)
    field = path.removeprefix("$").removeprefix(".") or (named[1] if named else "body")
    return {field: f"{what}."}
