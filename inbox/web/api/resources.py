"""Every operation of the API on one page, and its routes."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount, Route

from inbox.web.api import (
    campaigns,
    candidates,
    companion,
    conversations,
    me,
    message_templates,
    messages,
    opt_outs,
    reports,
    triggers,
)
from inbox.web.api.door import Door
from inbox.web.api.operations import BASE, Operation

OPERATIONS: tuple[Operation, ...] = (
    *me.OPERATIONS,
    *candidates.OPERATIONS,
    *conversations.OPERATIONS,
    *messages.OPERATIONS,
    *message_templates.OPERATIONS,
    *triggers.OPERATIONS,
    *campaigns.OPERATIONS,
    *opt_outs.OPERATIONS,
    *reports.OPERATIONS,
    *companion.OPERATIONS,
)

_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match")
_TOLD = ("ETag", "Idempotency-Replayed", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After")


def mounted(door: Door, *more: BaseRoute) -> Mount:
    """The API below its address. It knows no cookies, so pages of extensions may ask: a token is all that counts."""
    routes = [
        Route(operation.path.replace("_id}", "_id:uuid}"), door.to(operation), methods=[operation.method])
        for operation in OPERATIONS
    ]
    cors = Middleware(
        CORSMiddleware,
        allow_origin_regex=r"chrome-extension://[a-p]{32}",
        allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
        allow_headers=_HEADERS,
        expose_headers=_TOLD,
        max_age=600,
    )
    return Mount(BASE, routes=[*more, *routes], middleware=[cors])
