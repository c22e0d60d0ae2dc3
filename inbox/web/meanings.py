"""What a candidate's answer means, as somebody confirms it below the text."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.messaging import meanings, meant
from inbox.web import forms, pages
from inbox.web.access import allowed, who


@allowed(Act.REPLY)
async def confirm(request: Request) -> Response:
    """Tag the candidate with what the text seems to say. Open threads hear of it by their sockets."""
    me, ids = who(request), request.path_params
    conversation_id = str(ids["conversation_id"])
    meaning = meanings.meaning_of((await forms.read(request)).raw("meaning"))
    await meant.confirm(me.tenant, me.user, conversation_id, str(ids["message_id"]), meaning)
    if pages.is_htmx(request):
        return Response(status_code=204)
    return RedirectResponse(f"/inbox/c/{conversation_id}?tab=shared", status_code=303)
