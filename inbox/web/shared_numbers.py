"""Whose a conversation is when several candidates have its number: asked, said, and taken back."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import choices
from inbox.errors import Changed, Invalid
from inbox.languages import _
from inbox.messaging import conversations, shared_numbers
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, note, who
from inbox.web.threads import event_number


@allowed(Act.REPLY)
async def ask(request: Request) -> Response:
    """Everybody who has the number."""
    return await _page(request, who(request))


@allowed(Act.REPLY)
async def say(request: Request) -> Response:
    """It is `candidate_id`; empty: nobody knows. 409 when a colleague was faster."""
    me, form = who(request), await forms.read(request)
    version = event_number(form.raw("version"))
    try:
        if version is None:
            raise Invalid({"version": _("Reload the page and try again.")})
        await shared_numbers.choose(
            me.tenant, me.user, _id(request), choices.as_id(form.raw("candidate_id")) or None, version=version
        )
    except (Changed, Invalid) as error:
        return await _page(request, me, status=409 if isinstance(error, Changed) else 422, notice=error.sentence)
    return RedirectResponse(f"/inbox/c/{_id(request)}?tab=shared", status_code=303)


@allowed(Act.MANAGE_CANDIDATES)
async def take_away(request: Request) -> Response:
    """The number is not that of `candidate_id` any more."""
    me, form = who(request), await forms.read(request)
    conversation = await conversations.find(me.tenant, _id(request))
    candidate_id = choices.as_id(form.raw("candidate_id"))
    async with me.tenant.transaction():
        await shared_numbers.take_away(me.tenant, candidate_id, conversation.candidate_number, actor_id=me.user.id)
        await note(me, "candidate", _("took a number that others have as well from candidate %(id)s", id=candidate_id))
    return RedirectResponse(f"/inbox/c/{conversation.id}?tab=shared", status_code=303)


def _id(request: Request) -> str:
    return str(request.path_params["conversation_id"])


async def _page(request: Request, me: Who, *, status: int = 200, notice: str | None = None) -> Response:
    conversation = await conversations.find(me.tenant, _id(request))
    return await pages.page(
        request,
        "shared_numbers/ask.html",
        status=status,
        nav="inbox",
        conversation=conversation,
        people=await shared_numbers.people_of(me.tenant, conversation.candidate_number),
        notice=notice,
    )
