"""The editor of a workflow: what begins it, its rules, and its steps, which are added, moved and removed."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.automation import (
    chatbot_intents,
    merge_fields,
    workflow_hooks,
    workflow_steps,
    workflow_wishes,
    workflows,
)
from inbox.automation.workflow_asides import ASIDES
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import OF_TEXT, TRIGGERS, UNITS, Wish
from inbox.automation.workflows import Workflow
from inbox.candidates import choices, labels
from inbox.errors import Changed, Invalid
from inbox.languages import _
from inbox.web import forms, pages, workflow_path
from inbox.web.access import Who, allowed, note, who
from inbox.web.forms import Form
from inbox.web.workflow_previews import MOST_FIELDS, PARTS
from inbox.web.workflows import ADDRESS, asked_for, people_of, seen

_FIELDS = ("name", "trigger", "label_id", "intent_id", "trigger_words", "gap", "sender_id", "steps")


@allowed(Act.SEND_CAMPAIGNS)
async def new(request: Request) -> Response:
    """A form with a first step; with `like` the words of another workflow."""
    like = choices.as_id(request.query_params.get("like"))
    old = await seen(who(request), like) if like else None
    if old is None:
        return await _form(request, None, Wish("", [Step("text")], sender_id=who(request).user.id))
    return await _form(request, None, _known(old, name=f"{old.name[: workflow_wishes.MOST_NAME - 4]} (2)"))


@allowed(Act.SEND_CAMPAIGNS)
async def create(request: Request) -> Response:
    """Keep a new one, which is active at once; or the form again, with its steps in another order."""
    me, form = who(request), await forms.read(request, most_fields=MOST_FIELDS)
    wish = _typed(form)
    if form.raw("act"):
        return await _rearranged(request, None, wish, form)
    try:
        async with me.tenant.transaction():
            company_id = me.company.id if me.company else None
            workflow_id = await workflows.create(me.tenant, me.user, wish, company_id=company_id)
            await note(me, "workflow", _("made the workflow “%(name)s”", name=wish.name.strip()))
    except Invalid as error:
        return await _form(request, None, wish, status=422, errors=error.fields)
    return RedirectResponse(f"{ADDRESS}/{workflow_id}", status_code=303)


@allowed(Act.SEND_CAMPAIGNS)
async def edit(request: Request) -> Response:
    """The form with its words."""
    workflow = await asked_for(request)
    return await _form(request, workflow, _known(workflow))


@allowed(Act.SEND_CAMPAIGNS)
async def change(request: Request) -> Response:
    """Keep other words; who is in it goes on as it was begun. Or the form again, with its steps in another order."""
    me, form = who(request), await forms.read(request, most_fields=MOST_FIELDS)
    workflow, wish = await asked_for(request), _typed(form)
    if form.raw("act"):
        return await _rearranged(request, workflow, wish, form)
    try:
        async with me.tenant.transaction():
            await workflows.change(me.tenant, workflow.id, wish, mark=form.raw("mark") or None)
            await note(me, "workflow", _("changed the workflow “%(name)s”", name=workflow.name))
    except Invalid as error:
        return await _form(request, workflow, wish, status=422, errors=error.fields)
    except Changed as error:
        return await _form(request, workflow, wish, status=409, notice=error.sentence)
    return RedirectResponse(f"{ADDRESS}/{workflow.id}", status_code=303)


async def _rearranged(request: Request, workflow: Workflow | None, wish: Wish, form: Form) -> Response:
    """The form with a step more, less or elsewhere: "add", or "up-N", "down-N", "remove-N", N from 0."""
    steps, here = list(wish.steps), -1
    did, _, number = form.raw("act").partition("-")
    place = int(number) if number.isdecimal() and len(number) < 3 else -1
    if did == "add" and len(steps) < workflow_steps.MOST and form.raw("add") in workflow_steps.KINDS:
        steps.append(Step(form.raw("add")))
        here = len(steps) - 1
    elif 0 <= place < len(steps):
        step = steps.pop(place)
        here = {"up": max(0, place - 1), "down": place + 1}.get(did, place)
        if did != "remove":
            steps.insert(here, step)
        here = min(here, len(steps) - 1)
    return await _form(request, workflow, replace(wish, steps=steps), here=here, mark=form.raw("mark"))


async def _form(
    request: Request,
    workflow: Workflow | None,
    wish: Wish,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    notice: str | None = None,
    here: int = -1,
    mark: str | None = None,
) -> Response:
    me = who(request)
    company_id = workflow.company_id if workflow else me.company_id
    names = (*_FIELDS, *(f"step-{place}" for place in range(len(wish.steps))))
    return await pages.page(
        request,
        "workflows/edit.html",
        status=status,
        nav="campaigns",
        workflow=workflow,
        mark=mark or (workflow.mark if workflow else ""),
        wish=wish,
        picture=workflow_path.drawn([step for step in wish.steps if step.kind]),
        people=await people_of(me.tenant, workflow) if workflow else {},
        kinds=workflow_steps.KINDS,
        onlys=workflow_steps.ONLY,
        named=workflow_steps.NAMES,
        endpoints=await workflow_hooks.endpoints(me.tenant),
        wordless=workflow_steps.WORDLESS,
        most=workflow_steps.MOST,
        triggers=TRIGGERS,
        of_text=OF_TEXT,
        units=UNITS,
        asides=ASIDES,
        fields=merge_fields.FIELDS,
        labels=[*await labels.all_of(me.tenant, "tag", most=None), *await labels.all_of(me.tenant, "list", most=None)],
        intents=await _intents(me, company_id),
        team=await users.who_may(me.tenant, Act.REPLY, in_company=company_id),
        errors=dict.fromkeys(names) | (errors or {}),
        notice=notice,
        here=here,
    )


async def _intents(me: Who, company_id: str | None) -> Sequence[chatbot_intents.Intent]:
    return await chatbot_intents.all_of(me.tenant, company_id) if company_id else []


def _typed(form: Form) -> Wish:
    steps = [Step(*(form.raw(f"{part}-{place}") for part in PARTS)) for place in range(workflow_steps.MOST + 1)]
    while steps and steps[-1] == Step("", "", "", ""):
        steps.pop()
    trigger = form.raw("trigger") or "manual"
    named = {"label": "label_id", "intent": "intent_id"}.get(trigger)
    return Wish(
        name=form.raw("name"),
        steps=steps,
        trigger=trigger,
        value=choices.as_id(form.raw(named)) if named else form.raw("trigger_words"),
        gap=form.raw("gap"),
        gap_unit=form.raw("gap_unit") or "minutes",
        asides=tuple(form.every("aside")),
        once_per_application=form.raw("once") == "1",
        live_only=form.raw("live_only") == "1",
        sender_id=choices.as_id(form.raw("sender_id")),
    )


def _known(workflow: Workflow, *, name: str | None = None) -> Wish:
    gap, unit = workflow_wishes.gap_of(workflow.gap_minutes)
    return Wish(
        name=(name or workflow.name)[: workflow_wishes.MOST_NAME],
        steps=workflow.steps,
        trigger=workflow.trigger,
        value=(workflow.label_id or "") if workflow.trigger == "label" else workflow.value,
        gap=gap,
        gap_unit=unit,
        asides=tuple(workflow.asides),
        once_per_application=workflow.once_per_application,
        live_only=workflow.live_only,
        sender_id=workflow.sender_id,
    )
