"""The language, the days and the hours: one's own on the account page, the organisation's in its settings."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import reading
from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.languages import _, dates, ngettext
from inbox.languages.readers import LANGUAGES, Reader
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who
from inbox.web.forms import Form

ADDRESS = "/settings/organisation/language"


@allowed(Act.SETTINGS)
async def show(request: Request) -> Response:
    """How the organisation reads."""
    now = await reading.of_organisation(who(request).tenant)
    typed = {"language": now.language, "dates": now.dates, "hours": str(now.hours)}
    return await _page(request, typed=typed, saved="saved" in request.query_params)


@allowed(Act.SETTINGS)
async def save(request: Request) -> Response:
    """Keep the organisation's choice."""
    me, typed = who(request), chosen(await forms.read(request))
    try:
        async with me.tenant.transaction():
            await reading.choose_for_organisation(me.tenant, typed)
            await note(me, "settings", _("set language %(language)s, dates %(dates)s, %(hours)s h", **typed))
    except Invalid as error:
        return await _page(request, status=422, typed=typed, errors=error.fields)
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)


@allowed(Act.READ)
async def save_own(request: Request) -> Response:
    """Keep one's own choice; nothing chosen is as the organisation has it."""
    me = who(request)
    await reading.choose(me.tenant, me.user.id, chosen(await forms.read(request)))
    return RedirectResponse("/account?saved=profile", status_code=303)


def chosen(form: Form) -> dict[str, str]:
    """The three fields as they were posted."""
    return {name: form.raw(name) for name in reading.FIELDS}


def offered(reader: Reader) -> dict[str, Any]:
    """What can be chosen, for the fields in `shared/_reading.html`: each value with its words, in words of `reader`."""
    return {
        "language": LANGUAGES,
        "dates": {style: dates.example(style, reader) for style in dates.styles(reader.language)},
        "hours": {
            str(hours): ngettext("%(num)s hour: %(time)s", "%(num)s hours: %(time)s", hours, time=_afternoon(hours))
            for hours in dates.HOURS
        },
    }


def _afternoon(hours: int) -> str:
    return dates.hour(14, Reader(hours=hours))


async def _page(
    request: Request,
    *,
    status: int = 200,
    typed: dict[str, str],
    errors: dict[str, str] | None = None,
    saved: bool = False,
) -> Response:
    return await pages.page(
        request,
        "settings/language.html",
        status=status,
        nav="settings",
        typed=typed,
        offered=offered(who(request).user.reader),
        usual=None,
        errors=errors or {},
        saved=saved,
    )
