"""Notes: words beside a thread that only colleagues read."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.messaging import conversations, notes
from inbox.storage.columns import new_id
from inbox.web import forms, pages
from inbox.web.access import allowed, who


@allowed(Act.REPLY)
async def new(request: Request) -> Response:
    """A page to write one on, for browsers without scripts."""
    return await _page(request)


@allowed(Act.REPLY)
async def write(request: Request) -> Response:
    """Keep a note: 200 with it, or the way back for a plain form; 422 with the sentence when it cannot be kept."""
    me, conversation_id = who(request), str(request.path_params["conversation_id"])
    form = await forms.read(request)
    try:
        note = await notes.write(
            me.tenant,
            me.user,
            conversation_id,
            note_id=form.raw("id") or new_id(),
            body=form.raw("body"),
            picked=form.raw("mentions").split(),
        )
    except Invalid as error:
        if pages.is_htmx(request):
            return pages.fragment(request, "threads/_notice.html", status=422, notice=error.sentence)
        return await _page(request, status=422, text=form.raw("body"), error=error.sentence)
    if not pages.is_htmx(request):
        return RedirectResponse(f"/inbox/c/{conversation_id}", status_code=303)
    return pages.fragment(request, "threads/_sent.html", message=note, conversation_id=conversation_id, notice="")


async def _page(request: Request, *, status: int = 200, text: str = "", error: str | None = None) -> Response:
    conversation = await conversations.find(who(request).tenant, str(request.path_params["conversation_id"]))
    return await pages.page(
        request,
        "threads/note.html",
        status=status,
        nav="inbox",
        conversation=conversation,
        text=text,
        error=error,
    )
