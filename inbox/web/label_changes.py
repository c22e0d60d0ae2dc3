"""A tag or list for many candidates at once, from the list of candidates, with one Undo."""

from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import choices, labels
from inbox.candidates.choices import Choice
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import label_changes
from inbox.messaging.label_changes import Change
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who
from inbox.web.candidates import show_list
from inbox.web.forms import Form

ADDRESS = "/candidates/changes"
MOST_CHOSEN = 2_000


@allowed(Act.MANAGE_CANDIDATES)
async def begin(request: Request) -> Response:
    """Add or remove it for those who are `chosen`, with `everyone` for all of the list; 422 with the sentence."""
    me, form = who(request), await forms.read(request, most_fields=MOST_CHOSEN + 10)
    choice, chosen = choices.read(dict(parse_qsl(form.raw("asked")))), form.every("chosen")
    kind, everyone = labels.kind_of(form.raw("kind")), form.raw("everyone") == "1"
    try:
        if not chosen and not everyone:
            raise Invalid({"chosen": _("Choose candidates first, or all that match.")})
        change = await label_changes.begin(
            me.tenant,
            me.user,
            "remove" if form.raw("act") == "remove" else "add",
            kind,
            form.raw("name"),
            chosen=None if everyone else _ids(form),
            choice=choice,
        )
    except Invalid as error:
        typed = {"kind": kind, "name": form.raw("name"), "chosen": chosen, "everyone": everyone}
        return await show_list(request, choice, status=422, typed=typed, error=error.sentence)
    name = change.label.name
    adds, removes = _("adds “%(name)s” to candidates", name=name), _("takes “%(name)s” from candidates", name=name)
    await note(me, "candidate", adds if change.act == "add" else removes)
    return _list(choice, change)


@allowed(Act.MANAGE_CANDIDATES)
async def undo(request: Request) -> Response:
    """Change those back whom it changed."""
    me, form = who(request), await forms.read(request)
    change = await label_changes.undo(me.tenant, str(request.path_params["change_id"]))
    await note(me, "candidate", _("undoes what was done with “%(name)s”", name=change.label.name))
    return _list(choices.read(dict(parse_qsl(form.raw("asked")))), change)


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """How far it has come."""
    change = await label_changes.find(who(request).tenant, str(request.path_params["change_id"]))
    asked = choices.read(request.query_params)
    if not pages.is_htmx(request):
        return _list(asked, change)
    return pages.fragment(request, "candidates/_change.html", change=change, choice=asked)


def _ids(form: Form) -> list[str]:
    return [value for value in map(choices.as_id, form.every("chosen")) if value]


def _list(choice: Choice, change: Change) -> Response:
    return RedirectResponse(f"/candidates?{urlencode(choice.parameters(changed=change.id))}", status_code=303)
