"""What is done at once with all texts that failed for one reason, and taking back that a number takes no texts."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.languages import _, ngettext
from inbox.messaging import failures
from inbox.web import candidate_acts, chat_messages, forms
from inbox.web.access import allowed, note, who


@allowed(Act.REPLY)
async def act(request: Request) -> Response:
    """Try the texts again, or mark their numbers; leads back to the failures with what came of it."""
    me, form = who(request), await forms.read(request)
    asked = {name: form.raw(name) for name in ("range", "from", "to", "source", "reason")}
    log = chat_messages.log_of(me, asked)
    if form.raw("act") == "mark":
        outcome = await failures.mark_all(me.tenant, me.user, log)
        await note(me, "number", candidate_acts.marked(outcome.numbers))
    else:
        outcome = await failures.retry_all(me.tenant, me.user, log)
        tried = ngettext("tried %(num)s failed text again", "tried %(num)s failed texts again", outcome.done)
        await note(me, "retry", tried)
    told = {"act": form.raw("act"), "done": str(outcome.done), "left": str(outcome.left)}
    kept = {name: value for name, value in asked.items() if value and name != "reason"}
    return RedirectResponse(f"{chat_messages.FAILURES}?{urlencode(kept | told)}", status_code=303)


@allowed(Act.REPLY)
async def mark(request: Request) -> Response:
    """The number that a text did not reach takes no texts."""
    me, conversation_id = who(request), str(request.path_params["conversation_id"])
    number = await failures.mark(me.tenant, me.user, conversation_id, str(request.path_params["message_id"]))
    await note(me, "number", _("marked a number that ends in %(end)s as taking no texts", end=number[-2:]))
    return RedirectResponse(f"/inbox/c/{conversation_id}?tab=shared", status_code=303)


@allowed(Act.REPLY)
async def revive(request: Request) -> Response:
    """The number of a conversation takes texts after all."""
    me, conversation_id = who(request), str(request.path_params["conversation_id"])
    number = await failures.revive(me.tenant, me.user, conversation_id)
    await note(me, "number", candidate_acts.revived(number))
    return RedirectResponse(f"/inbox/c/{conversation_id}?tab=shared", status_code=303)
