"""What runs for a candidate: shown on the profile and in the thread, begun and stopped there."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.automation import workflow_beginning, workflow_endings, workflow_executions, workflows
from inbox.candidates import people
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.messaging import conversations
from inbox.web import forms, pages, running
from inbox.web.access import Who, allowed, who
from inbox.web.workflows import seen


@allowed(Act.REPLY)
async def begin(request: Request) -> Response:
    """Start a workflow for one candidate, from the profile; 409 with the sentence when it cannot be."""
    me, form = who(request), await forms.read(request)
    candidate = await people.find(me.tenant, str(request.path_params["candidate_id"]))
    workflow = await seen(me, forms.as_id(form.raw("workflow_id")))
    try:
        if me.user.own_only and candidate.conversation_id is None:
            raise Refused(_("You have no conversation with this candidate. Ask for it to be given to you first."))
        await workflow_beginning.begin(me.tenant, workflow, candidate.id, user=me.user)
    except Refused as error:
        return await show_of_candidate(request, status=409, notice=error.sentence)
    return RedirectResponse(f"/candidates/{candidate.id}/workflows", status_code=303)


@allowed(Act.REPLY)
async def stop(request: Request) -> Response:
    """End one candidate's way through a workflow."""
    me, candidate_id = who(request), str(request.path_params["candidate_id"])
    await _stop(me, candidate_id, str(request.path_params["execution_id"]))
    return RedirectResponse(f"/candidates/{candidate_id}/workflows", status_code=303)


@allowed(Act.REPLY)
async def stop_in_thread(request: Request) -> Response:
    """The same beside the thread: for htmx what still runs, for a plain form the thread again."""
    me, conversation_id = who(request), str(request.path_params["conversation_id"])
    conversation = await conversations.find(me.tenant, conversation_id)
    await _stop(me, conversation.candidate_id, str(request.path_params["execution_id"]))
    if not pages.is_htmx(request):
        return RedirectResponse(f"/inbox/c/{conversation_id}?tab=shared", status_code=303)
    now = await running.of(me.tenant, conversation)
    return pages.fragment(request, "threads/_workflows.html", conversation=conversation, running=now)


@allowed(Act.READ)
async def of_candidate(request: Request) -> Response:
    """The workflows that a candidate is and was in."""
    return await show_of_candidate(request)


async def show_of_candidate(request: Request, *, status: int = 200, notice: str | None = None) -> Response:
    """The profile's tab, with what could not be done."""
    me = who(request)
    candidate = await people.find(me.tenant, str(request.path_params["candidate_id"]))
    active = [one for one in await workflows.all_of(me.tenant, company_id=me.company_id) if one.state == "active"]
    return await pages.page(
        request,
        "workflows/of_candidate.html",
        status=status,
        nav="candidates",
        candidate=candidate,
        executions=await workflow_executions.of_candidate(me.tenant, candidate.id),
        workflows=active,
        notice=notice,
    )


async def _stop(me: Who, candidate_id: str, execution_id: str) -> None:
    """Raises NotFound for an execution of somebody else, and of a company that is not the person's."""
    execution = await workflow_executions.find(me.tenant, execution_id)
    if execution is None or execution.candidate_id != candidate_id:
        raise NotFound
    await seen(me, execution.workflow_id)
    reason = _("%(name)s stopped it", name=me.user.name)
    await workflow_endings.stop(me.tenant, execution.id, reason, "by_hand", user=me.user)
