"""The description of the API: for programs as OpenAPI, for people as a page."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts.scopes import Scope
from inbox.hooks.kinds import Kind
from inbox.web import pages
from inbox.web.api import description
from inbox.web.api.operations import BASE
from inbox.web.api.resources import OPERATIONS


async def openapi(request: Request) -> Response:
    """The OpenAPI document."""
    told = description.openapi(OPERATIONS, server=request.app.state.settings.public_url)
    return Response(msgspec.json.encode(told), media_type="application/json")


async def page(request: Request) -> Response:
    """Every operation on one page."""
    server = request.app.state.settings.public_url
    resources: dict[str, list[dict[str, object]]] = {}
    told = description.openapi(OPERATIONS, server=server)
    for operation in OPERATIONS:
        shown = told["paths"][operation.path][operation.method.lower()]
        body = shown.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        name = body.get("$ref", "").rpartition("/")[2]
        fields = told["components"]["schemas"][name]["properties"] if name else {}
        entry = {"operation": operation, "shown": shown, "fields": list(fields)}
        resources.setdefault(operation.resource, []).append(entry)
    return pages.bare(request, "api/docs.html", base=server + BASE, resources=resources, scopes=list(Scope), kinds=Kind)
