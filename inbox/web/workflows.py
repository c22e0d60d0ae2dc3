"""Workflows: those there are, how each goes, who is in it, and how far each candidate has come."""

from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.automation import workflow_endings, workflow_executions, workflow_figures, workflow_hooks, workflows
from inbox.automation.workflow_asides import ASIDES
from inbox.automation.workflow_endings import CAUSES
from inbox.automation.workflow_executions import STATE_WORDS
from inbox.automation.workflow_figures import WHATS, Chosen, What
from inbox.automation.workflow_steps import CALLS
from inbox.automation.workflow_wishes import UNITS, gap_of
from inbox.automation.workflows import State, Workflow
from inbox.candidates import choices
from inbox.errors import NotFound
from inbox.languages import _, ngettext
from inbox.storage.database import Tenant
from inbox.web import exports, forms, pages, workflow_path
from inbox.web.access import Who, allowed, note, who

ADDRESS = "/workflows"
WORDS = {
    "reached": _("Reached"),
    "waiting": _("Waiting"),
    "left": _("Passed over"),
    "sent": _("Sent"),
    "delivered": _("Delivered"),
    "failed": _("Failed"),
    "replied": _("Replied"),
    "ended": _("Ended here"),
}


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """Those in use, or with `archived` those that were put away."""
    me, archived = who(request), request.query_params.get("archived") == "1"
    found = await workflows.all_of(me.tenant, company_id=me.company_id, archived=archived)
    return await pages.page(request, "workflows/index.html", nav="campaigns", workflows=found, archived=archived)


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """Its path, its rules, and the candidates in it, the latest first; narrowed by `state`."""
    me, workflow = who(request), await asked_for(request)
    state = _state(request)
    before = choices.as_id(request.query_params.get("before")) or None
    found, more = await workflow_executions.of_workflow(me.tenant, workflow.id, state=state, before=before)
    number, unit = gap_of(workflow.gap_minutes)
    return await pages.page(
        request,
        "workflows/show.html",
        nav="campaigns",
        workflow=workflow,
        picture=workflow_path.drawn(workflow.steps),
        people=await people_of(me.tenant, workflow),
        asides=ASIDES,
        gap=(number, UNITS[unit][0]),
        found=found,
        more=more,
        state=state,
        states=STATE_WORDS,
        numbers=await workflow_executions.counts(me.tenant, workflow.id),
    )


@allowed(Act.EXPORT)
async def export(request: Request) -> Response:
    """Its history, narrowed by `state`, as a file."""
    workflow = await asked_for(request)
    asked = {"workflow": workflow.id, "state": _state(request)}
    return await exports.answer(
        request, "executions", asked, _("history of the workflow “%(name)s”", name=workflow.name)
    )


@allowed(Act.READ)
async def figures(request: Request) -> Response:
    """Analytics: for each step of a `version` how many reached it, wait there, got its text, and ended."""
    me, workflow = who(request), await asked_for(request)
    versions = await workflow_figures.versions(me.tenant, workflow.id)
    version = _number(request, "version") or (versions[0] if versions else workflow.version)
    steps = await workflow_figures.steps_of(me.tenant, workflow.id, version) or workflow.steps
    return await pages.page(
        request,
        "workflows/figures.html",
        nav="campaigns",
        workflow=workflow,
        version=version,
        versions=versions,
        figures=await workflow_figures.of(me.tenant, workflow.id, version, steps),
        words=WORDS,
        causes=CAUSES,
    )


@allowed(Act.READ)
async def behind(request: Request) -> Response:
    """The candidates behind one number of the analytics."""
    me, workflow = who(request), await asked_for(request)
    what, cause = request.query_params.get("of", ""), request.query_params.get("cause", "")
    if what not in WHATS:
        raise NotFound
    version, place = _number(request, "version") or workflow.version, _number(request, "step") or 0
    chosen = Chosen(version, place, cast(What, what), cause[:10])
    only = workflow_figures.condition(me.tenant, chosen)
    before = choices.as_id(request.query_params.get("before")) or None
    found, more = await workflow_executions.of_workflow(me.tenant, workflow.id, only=only, before=before)
    return await pages.page(
        request,
        "workflows/behind.html",
        nav="campaigns",
        workflow=workflow,
        chosen=chosen,
        words=WORDS,
        causes=CAUSES,
        found=found,
        more=more,
    )


@allowed(Act.SEND_CAMPAIGNS)
async def set_state(request: Request) -> Response:
    """Pause it, start it again, or put it away."""
    me, workflow, wanted = who(request), await asked_for(request), (await forms.read(request)).raw("state")
    states: dict[str, tuple[State, str]] = {
        "active": ("active", _("started the workflow “%(name)s”", name=workflow.name)),
        "paused": ("paused", _("paused the workflow “%(name)s”", name=workflow.name)),
        "archived": ("archived", _("put away the workflow “%(name)s”", name=workflow.name)),
    }
    if wanted not in states:
        raise NotFound
    state, did = states[wanted]
    async with me.tenant.transaction():
        await workflows.set_state(me.tenant, workflow.id, state)
        await note(me, "workflow", did)
    return RedirectResponse(f"{ADDRESS}/{workflow.id}", status_code=303)


@allowed(Act.SEND_CAMPAIGNS)
async def run_again(request: Request) -> Response:
    """Go on with those that stopped for want of segments."""
    me, workflow = who(request), await asked_for(request)
    number = await workflow_endings.run_again(me.tenant, workflow.id)
    ran = ngettext(
        "ran the workflow “%(name)s” again for %(num)s candidate",
        "ran the workflow “%(name)s” again for %(num)s candidates",
        number,
        name=workflow.name,
    )
    await note(me, "workflow", ran)
    return RedirectResponse(f"{ADDRESS}/{workflow.id}", status_code=303)


async def asked_for(request: Request) -> Workflow:
    """The workflow that the address names; raises NotFound."""
    return await seen(who(request), str(request.path_params["workflow_id"]))


async def seen(me: Who, workflow_id: str) -> Workflow:
    """The workflow; raises NotFound, also for that of a company which is not the reader's."""
    workflow = await workflows.find(me.tenant, workflow_id)
    if not me.sees(workflow.company_id):
        raise NotFound
    return workflow


async def people_of(tenant: Tenant, workflow: Workflow) -> dict[str, str]:
    """The names of the colleagues, and the hosts of the endpoints, that its steps are about, by their ids."""
    calls = any(step.kind == CALLS for step in workflow.steps)
    names: dict[str, str] = dict(await workflow_hooks.endpoints(tenant)) if calls else {}
    for user_id in {step.who for step in workflow.steps if step.who and step.kind != CALLS}:
        try:
            names[user_id] = (await users.find(tenant, user_id)).name
        except NotFound:
            names[user_id] = _("Somebody")
    for step in workflow.steps:
        names.setdefault(step.who, _("Gone"))
    return names


def _state(request: Request) -> str:
    asked = request.query_params.get("state", "")
    return asked if asked in STATE_WORDS else ""


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 6 else None
