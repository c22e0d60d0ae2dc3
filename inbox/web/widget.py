"""The thread widget in pages of other systems: its script, its frame, and how a token lets it in."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import people
from inbox.candidates.people import Candidate
from inbox.embeds import keys, origins, tokens, widgets
from inbox.embeds.tokens import TokenRefused
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.languages.sentences import said
from inbox.messaging import company_conversations, starting
from inbox.web import forms, headers, pages
from inbox.web.access import Shown, Who, allowed, reader_of, who
from inbox.web.assets import Assets
from inbox.web.threads import Thread, open_thread

SCRIPT = "/embed/thread.js"
FRAME = "/embed/thread"
_SCRIPT_SECONDS = 300


def script(assets: Assets) -> Any:
    """The handler of the widget's script under the address that stays."""

    async def answer(request: Request) -> Response:
        kept = {"Cache-Control": f"private, max-age={_SCRIPT_SECONDS}", **_FOR_ALL}
        return Response(assets.plain("embed.js"), media_type="text/javascript", headers=kept)

    return answer


_FOR_ALL = {"Access-Control-Allow-Origin": "*"}
"""With it a page can hold the script to a hash (Subresource Integrity)."""


async def frame(request: Request) -> Response:
    """The empty frame, for the pages of the organisation whose key is named alone; it holds nothing of anybody."""
    state = request.app.state
    owner = await keys.owner(state.database, request.query_params.get("key", ""))
    ancestors = [] if owner is None else await origins.all_of(owner)
    page = pages.bare(
        request, "embeds/frame.html", status=404 if owner is None else 200, ancestors=ancestors, home=_home(request)
    )
    page.headers["Content-Security-Policy"] = headers.widget_policy(state.settings, ancestors)
    return page


async def let_in(request: Request) -> Response:
    """Exchange a token for a session: once, and 401 with the reason when it is none that lets anybody in."""
    state, token = request.app.state, (await forms.read(request)).raw("token")
    reader = reader_of(request)
    try:
        claims = await tokens.read(state.database, state.vault, token, audience=state.settings.embeds_at)
        opened = await widgets.open_for(claims)
    except TokenRefused as error:
        return JSONResponse({"why": error.why, "detail": said(error.sentence, reader)}, status_code=401)
    user = opened.user
    return JSONResponse(
        {
            "session": opened.session,
            "seconds": widgets.SECONDS,
            "candidate": opened.candidate.id,
            "user": user.id,
            "zone": str(user.zone),
            "hours": user.reader.hours,
            "language": user.reader.language,
        }
    )


@allowed(Act.READ)
async def content(request: Request) -> Response:
    """What the frame shows: the thread with all that its scripts need, or how to begin one."""
    me = who(request)
    shown = _shown(me)
    tenant = replace(me.tenant, only_conversation=None)
    candidate = await people.find(tenant, shown.candidate_id)
    found = await company_conversations.shown_for(tenant, me.user, candidate, me.company_id)
    if found is not None and found != shown.conversation_id:
        await widgets.show(tenant, me.session_hash, found)
    thread = await _opened(me, found)
    return pages.fragment(request, "embeds/_content.html", **_context(candidate, thread))


@allowed(Act.THREAD)
async def thread(request: Request) -> Response:
    """The thread alone, as it stands now."""
    me = who(request)
    candidate = await people.find(me.tenant, _shown(me).candidate_id)
    opened = await open_thread(me.tenant, str(request.path_params["conversation_id"]), me.user.zone)
    return pages.fragment(request, "threads/_thread.html", **_context(candidate, opened))


@allowed(Act.REPLY)
async def begin(request: Request) -> Response:
    """Open the conversation with the candidate; the frame then asks for its content anew."""
    me = who(request)
    tenant = replace(me.tenant, only_conversation=None)
    candidate = await people.find(tenant, _shown(me).candidate_id)
    if candidate.number is None:
        raise Refused(_("No mobile number yet. Add one to text this candidate."))
    await starting.open_with(
        tenant, me.user, candidate_id=candidate.id, number=candidate.number, company_id=me.company_id
    )
    return Response(status_code=204)


async def _opened(me: Who, conversation_id: str | None) -> Thread | None:
    if conversation_id is None:
        return None
    tenant = replace(me.tenant, only_conversation=conversation_id)
    return await open_thread(tenant, conversation_id, me.user.zone)


def _context(candidate: Candidate, thread: Thread | None) -> dict[str, Any]:
    return {"candidate": candidate, "thread": thread, "embedded": True, "text": "", "notice": None}


def _shown(me: Who) -> Shown:
    """What the widget shows; raises NotFound for whoever is signed in otherwise."""
    if me.shown is None:
        raise NotFound
    return me.shown


def _home(request: Request) -> str:
    """Where links of the widget lead: our own pages."""
    parts = urlsplit(request.app.state.settings.public_url)
    return f"{parts.scheme}://{parts.netloc}"
