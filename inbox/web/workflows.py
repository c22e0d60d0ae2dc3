"""Workflows: written step by step, paused and started, and how far each candidate has come."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.automation import merge_fields, workflow_executions, workflow_steps, workflows
from inbox.automation.workflow_executions import STATE_WORDS
from inbox.automation.workflows import State, Wish, Workflow
from inbox.candidates import choices, labels, people
from inbox.errors import Invalid, NotFound, Refused
from inbox.languages import _
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, note, who
from inbox.web.forms import Form

ADDRESS = "/workflows"
BLANK_STEPS = 3
"""Rows for more steps below those that are there."""


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """Those in use, or with `archived` those that were put away."""
    me, archived = who(request), request.query_params.get("archived") == "1"
    found = await workflows.all_of(me.tenant, company_id=me.company_id, archived=archived)
    return await pages.page(request, "workflows/index.html", nav="campaigns", workflows=found, archived=archived)


@allowed(Act.SEND_CAMPAIGNS)
async def new(request: Request) -> Response:
    """An empty form; with `like` the words of another workflow."""
    like = choices.as_id(request.query_params.get("like"))
    old = await _seen(who(request), like) if like else None
    wish = _known(old, name=f"{old.name} again") if old else Wish("", "", "", True, ())
    return await _form(request, None, wish)


@allowed(Act.SEND_CAMPAIGNS)
async def create(request: Request) -> Response:
    """Keep a new one, which is active at once; 422 with the sentences beside the fields."""
    me, wish = who(request), _typed(await forms.read(request))
    try:
        async with me.tenant.transaction():
            company_id = me.company.id if me.company else None
            workflow_id = await workflows.create(me.tenant, me.user, wish, company_id=company_id)
            await note(me, "workflow", f"made the workflow “{wish.name.strip()}”")
    except Invalid as error:
        return await _form(request, None, wish, status=422, errors=error.fields)
    return RedirectResponse(f"{ADDRESS}/{workflow_id}", status_code=303)


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """Its steps, and the candidates in it, the latest first; narrowed by `state`."""
    return await _show(request)


@allowed(Act.SEND_CAMPAIGNS)
async def edit(request: Request) -> Response:
    """The form with its words."""
    workflow = await _asked_for(request)
    return await _form(request, workflow, _known(workflow))


@allowed(Act.SEND_CAMPAIGNS)
async def change(request: Request) -> Response:
    """Keep other words; who is in it goes on as it was begun."""
    me, workflow, wish = who(request), await _asked_for(request), _typed(await forms.read(request))
    try:
        async with me.tenant.transaction():
            await workflows.change(me.tenant, workflow.id, wish)
            await note(me, "workflow", f"changed the workflow “{workflow.name}”")
    except Invalid as error:
        return await _form(request, workflow, wish, status=422, errors=error.fields)
    return RedirectResponse(f"{ADDRESS}/{workflow.id}", status_code=303)


@allowed(Act.SEND_CAMPAIGNS)
async def set_state(request: Request) -> Response:
    """Pause it, start it again, or put it away."""
    me, workflow, wanted = who(request), await _asked_for(request), (await forms.read(request)).raw("state")
    states: dict[str, tuple[State, str]] = {
        "active": ("active", "started"),
        "paused": ("paused", "paused"),
        "archived": ("archived", "put away"),
    }
    if wanted not in states:
        raise NotFound
    state, did = states[wanted]
    async with me.tenant.transaction():
        await workflows.set_state(me.tenant, workflow.id, state)
        await note(me, "workflow", f"{did} the workflow “{workflow.name}”")
    return RedirectResponse(f"{ADDRESS}/{workflow.id}", status_code=303)


@allowed(Act.SEND_CAMPAIGNS)
async def run_again(request: Request) -> Response:
    """Go on with those that stopped for want of segments."""
    me, workflow = who(request), await _asked_for(request)
    number = await workflow_executions.run_again(me.tenant, workflow.id)
    await note(me, "workflow", f"ran the workflow “{workflow.name}” again for {number:,} candidates")
    return RedirectResponse(f"{ADDRESS}/{workflow.id}", status_code=303)


@allowed(Act.REPLY)
async def begin(request: Request) -> Response:
    """Start a workflow for one candidate, from the profile; 409 with the sentence when it cannot be."""
    me, form = who(request), await forms.read(request)
    candidate = await people.find(me.tenant, str(request.path_params["candidate_id"]))
    workflow = await _seen(me, forms.as_id(form.raw("workflow_id")))
    try:
        if me.user.own_only and candidate.conversation_id is None:
            raise Refused(_("You have no conversation with this candidate. Ask for it to be given to you first."))
        await workflow_executions.begin(me.tenant, workflow, candidate.id)
    except Refused as error:
        return await show_of_candidate(request, status=409, notice=error.sentence)
    return RedirectResponse(f"/candidates/{candidate.id}/workflows", status_code=303)


@allowed(Act.REPLY)
async def stop(request: Request) -> Response:
    """End one candidate's way through a workflow."""
    me, candidate_id = who(request), str(request.path_params["candidate_id"])
    execution = await workflow_executions.find(me.tenant, str(request.path_params["execution_id"]))
    if execution is None or execution.candidate_id != candidate_id:
        raise NotFound
    await workflow_executions.stop(me.tenant, execution.id, _("%(name)s stopped it", name=me.user.name))
    return RedirectResponse(f"/candidates/{candidate_id}/workflows", status_code=303)


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


async def _asked_for(request: Request) -> Workflow:
    return await _seen(who(request), str(request.path_params["workflow_id"]))


async def _seen(me: Who, workflow_id: str) -> Workflow:
    """The workflow; raises NotFound, also for that of a company which is not the reader's."""
    workflow = await workflows.find(me.tenant, workflow_id)
    if not me.sees(workflow.company_id):
        raise NotFound
    return workflow


async def _show(request: Request) -> Response:
    me, workflow = who(request), await _asked_for(request)
    asked = request.query_params.get("state", "")
    state = asked if asked in STATE_WORDS else ""
    before = choices.as_id(request.query_params.get("before")) or None
    found, more = await workflow_executions.of_workflow(me.tenant, workflow.id, state=state, before=before)
    return await pages.page(
        request,
        "workflows/show.html",
        nav="campaigns",
        workflow=workflow,
        found=found,
        more=more,
        state=state,
        states=STATE_WORDS,
        numbers=await workflow_executions.counts(me.tenant, workflow.id),
    )


async def _form(
    request: Request,
    workflow: Workflow | None,
    wish: Wish,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    tenant = who(request).tenant
    steps = [*wish.steps, *[("", "")] * BLANK_STEPS]
    return await pages.page(
        request,
        "workflows/edit.html",
        status=status,
        nav="campaigns",
        workflow=workflow,
        wish=wish,
        steps=steps,
        kinds=workflow_steps.KINDS,
        fields=merge_fields.FIELDS,
        labels=[*await labels.all_of(tenant, "tag", most=None), *await labels.all_of(tenant, "list", most=None)],
        errors=dict.fromkeys(["name", "label_id", "gap_minutes", "steps", *_places(steps)]) | (errors or {}),
    )


def _places(steps: list[tuple[str, str]]) -> list[str]:
    return [f"step-{place}" for place in range(len(steps))]


def _typed(form: Form) -> Wish:
    rows = range(workflow_steps.MOST + BLANK_STEPS)
    steps = [(form.raw(f"kind-{place}"), form.raw(f"words-{place}")) for place in rows]
    while steps and steps[-1] == ("", ""):
        steps.pop()
    return Wish(
        name=form.raw("name"),
        label_id=choices.as_id(form.raw("label_id")),
        gap_minutes=form.raw("gap_minutes"),
        steps_aside=form.raw("steps_aside") == "1",
        steps=steps,
    )


def _known(workflow: Workflow, *, name: str | None = None) -> Wish:
    return Wish(
        name=(name or workflow.name)[: workflows.MOST_NAME],
        label_id=workflow.label_id or "",
        gap_minutes=str(workflow.gap_minutes or ""),
        steps_aside=workflow.steps_aside,
        steps=[(step.kind, step.words) for step in workflow.steps],
    )
