"""Pictures and files over HTTP: for people of the organisation, and for the provider while it sends one."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import attaching, conversations, media, media_addresses
from inbox.messaging.media import Form
from inbox.storage.database import Tenant
from inbox.web import forms
from inbox.web.access import allowed, who

# Its bytes never change, and a day bounds how long a browser shows what was erased here.
_KEPT = "private, max-age=86400, immutable"
# Nothing in it can run, load or be framed, whatever a browser takes it for. Its own page for a picture has styles.
_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_POLICY_OF_PICTURES = f"{_POLICY}; style-src 'unsafe-inline'"
_SHOWN = {"image/jpeg", "image/png"}


@allowed(Act.THREAD)
async def whole(request: Request) -> Response:
    """A picture in full, or a file, which is only ever saved."""
    return await _content(request, "whole")


@allowed(Act.THREAD)
async def thumbnail(request: Request) -> Response:
    """A picture as a bubble shows it."""
    return await _content(request, "thumbnail")


@allowed(Act.REPLY)
async def add(request: Request) -> Response:
    """Keep a picture for a text that is being written; answers with its id, or why it cannot be sent."""
    me, conversation_id = who(request), str(request.path_params["conversation_id"])
    _form, files = await forms.read_with_files(request, most_files=1)
    if not files:
        raise Invalid({"media": _("Choose a picture first.")})
    one = await attaching.add(me.tenant, me.user, conversation_id, name=files[0].name, raw=files[0].content)
    return JSONResponse({"id": one.id})


async def public(request: Request) -> Response:
    """A picture of a text that is on its way, for whoever has its sealed address."""
    organisation_id, media_id = media_addresses.opened(request.app.state.vault, request.path_params["token"])
    tenant = Tenant(request.app.state.database, organisation_id)
    one = await media.on_its_way(tenant, media_id)
    return _answer(await media.content(tenant, one.id, "whole"), one.content_type, one.name, {})


async def _content(request: Request, form: Form) -> Response:
    me = who(request)
    conversation_id, media_id = (str(request.path_params[name]) for name in ("conversation_id", "media_id"))
    one = await media.find(me.tenant, (await conversations.find(me.tenant, conversation_id)).id, media_id)
    content = await media.content(me.tenant, one.id, form)
    return _answer(content, one.content_type, one.name, {"Cache-Control": _KEPT, "Vary": "Cookie"})


def _answer(content: bytes, content_type: str, name: str, headers: Mapping[str, str]) -> Response:
    is_shown = content_type in _SHOWN
    way = "inline" if is_shown else "attachment"
    return Response(
        content,
        headers={
            "Content-Type": content_type,
            "Content-Disposition": f'{way}; filename="{name}"',
            "Content-Security-Policy": _POLICY_OF_PICTURES if is_shown else _POLICY,
            **headers,
        },
    )
