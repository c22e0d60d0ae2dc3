"""Pages about a candidate elsewhere, beside the thread."""

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts.roles import Act
from inbox.candidates import links, people
from inbox.web import forms, labels
from inbox.web.access import allowed, who


@allowed(Act.MANAGE_CANDIDATES)
async def remove(request: Request) -> Response:
    """Forget that the page `link` is about the candidate."""
    me, form = who(request), await forms.read(request)
    candidate = await people.find(me.tenant, str(request.path_params["candidate_id"]))
    await links.remove(me.tenant, candidate.id, form.raw("link"))
    return await labels.changed(request, me)
