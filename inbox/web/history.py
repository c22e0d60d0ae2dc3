"""Settings > Import history: conversations of before, from Twilio's list or from a file."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox import clock
from inbox.accounts.roles import Act
from inbox.candidates import import_files
from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.messaging import history_files, history_importing, history_imports, history_rows
from inbox.messaging.history_imports import REASONS, HistoryImport
from inbox.provisioning import company_numbers
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.database import Tenant
from inbox.web import forms, imported_files, pages
from inbox.web.access import Who, allowed, note, who
from inbox.web.imported_files import WRONG_SHOWN
from inbox.web.sms_settings import FIRST_YEAR

ADDRESS = "/settings/history"
FILES = f"{ADDRESS}/files"
SHOWN = 8
"""Rows that are shown before the import begins."""

_LABEL = _("The first day")


@allowed(Act.HISTORY)
async def index(request: Request) -> Response:
    """Where to import from; below it the imports of before."""
    return await _index(request)


@allowed(Act.HISTORY)
async def begin_list(request: Request) -> Response:
    """Have a number's list read from a day on; 422 with the sentences when that cannot be."""
    me, form = who(request), await forms.read(request)
    try:
        number = await _number(me.tenant, form)
        since = _moment(form, ZoneInfo(me.organisation.time_zone))
    except Invalid as error:
        return await _index(request, status=422, typed=form, errors=error.fields)
    async with me.tenant.transaction():
        import_id = await history_importing.begin_list(me.tenant, me.user.id, number.id, since=since, until=clock.now())
        day = form.raw("from")
        await note(me, "import", _("imports the texts of %(number)s since %(day)s", number=number.number, day=day))
    return RedirectResponse(f"{ADDRESS}/{import_id}", status_code=303)


@allowed(Act.HISTORY)
async def create(request: Request) -> Response:
    """Read the file that was chosen and show what it would bring; 422 with the sentence when it cannot be read."""
    me = who(request)
    try:
        name, file = await imported_files.posted(request)
        places = history_files.places(file.headings)
    except Invalid as error:
        return await _index(request, status=422, errors=error.fields)
    ours, region = await company_numbers.all_of(me.tenant), await company_numbers.region(me.tenant)
    # Thousands of numbers take a second to look at, and everybody else's pages go on meanwhile.
    plans = await asyncio.to_thread(history_files.planned, file.lines, places, ours, region=region, now=clock.now())
    async with me.tenant.transaction():
        import_id = await history_imports.create_of_file(me.tenant, me.user.id, name, file.headings)
        await history_rows.keep(me.tenant, import_id, plans)
    return RedirectResponse(f"{ADDRESS}/{import_id}", status_code=303)


@allowed(Act.HISTORY)
async def show(request: Request) -> Response:
    """What an import would bring, is bringing or brought."""
    return await _show(request, await _asked_for(request))


@allowed(Act.HISTORY)
async def begin_file(request: Request) -> Response:
    """Have a file imported that was looked at."""
    return await _do(request, history_importing.begin_file, _("imported texts from a file"))


@allowed(Act.HISTORY)
async def stop(request: Request) -> Response:
    """Read no further."""
    return await _do(request, history_importing.stop, _("stopped an import of history"))


@allowed(Act.HISTORY)
async def go_on(request: Request) -> Response:
    """Go on where it was stopped."""
    return await _do(request, history_importing.go_on, _("had an import of history go on"))


@allowed(Act.HISTORY)
async def undo(request: Request) -> Response:
    """Take back what came from a file."""
    return await _do(request, history_importing.undo, _("undid an import of texts from a file"))


@allowed(Act.HISTORY)
async def wrong(request: Request) -> Response:
    """The rows that cannot be texts, with the reason behind each, as a file to mend and import."""
    me, file = who(request), await _asked_for(request)
    rows = await history_rows.wrong(me.tenant, file.id, most=None)
    return imported_files.to_mend(file.headings, ((row.line.cells, row.sentence) for row in rows), me.user.reader)


async def _asked_for(request: Request) -> HistoryImport:
    return await history_imports.find(who(request).tenant, str(request.path_params["history_id"]))


async def _number(tenant: Tenant, form: forms.Form) -> CompanyNumber:
    """The number of ours that was chosen; raises Invalid."""
    try:
        return await company_numbers.find(tenant, forms.as_id(form.raw("number")))
    except NotFound:
        raise Invalid({"number": _("Choose one of your numbers.")}) from None


def _moment(form: forms.Form, zone: ZoneInfo) -> datetime:
    """The midnight (UTC) that the typed day begins with; raises Invalid."""
    day = form.date("from", label=_LABEL)
    form.check()
    if day is None:
        raise Invalid({"from": _("Say from which day on.")})
    if day.year < FIRST_YEAR:
        raise Invalid({"from": _("%(label)s must be 1 January %(year)s or later", label=_LABEL, year=str(FIRST_YEAR))})
    if day > clock.now().astimezone(zone).date():
        raise Invalid({"from": _("%(label)s must not be in the future", label=_LABEL)})
    return datetime.combine(day, time(), zone).astimezone(UTC)


async def _do(request: Request, act: imported_files.Act, what: str) -> Response:
    """Go one step; 409 with where it stands when somebody was faster."""
    file = await _asked_for(request)
    why = await imported_files.hindered(who(request), act, file.id, what)
    if why is not None:
        return await _show(request, await _asked_for(request), status=409, notice=why)
    return RedirectResponse(f"{ADDRESS}/{file.id}", status_code=303)


async def _index(
    request: Request,
    *,
    status: int = 200,
    typed: forms.Form | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    me: Who = who(request)
    zone = ZoneInfo(me.organisation.time_zone)
    return await pages.page(
        request,
        "history/index.html",
        status=status,
        nav="settings",
        errors={"number": None, "from": None, "file": None} | dict(errors or {}),
        numbers=await company_numbers.all_of(me.tenant),
        number_id=typed.raw("number") if typed else "",
        start=typed.raw("from") if typed else "",
        today=clock.now().astimezone(zone).date().isoformat(),
        zone_words=zone.key.rpartition("/")[2].replace("_", " "),
        earlier=await history_imports.latest(me.tenant),
        most_rows=import_files.MOST_ROWS,
        most_megabytes=import_files.MOST_BYTES // 1024 // 1024,
    )


async def _show(request: Request, file: HistoryImport, *, status: int = 200, notice: str | None = None) -> Response:
    tenant = who(request).tenant
    is_file = file.kind == "file"
    return await pages.page(
        request,
        "history/show.html",
        status=status,
        nav="settings",
        file=file,
        notice=notice,
        reasons=REASONS,
        outcomes=await history_rows.counts(tenant, file.id) if is_file else {},
        rows=await history_rows.waiting(tenant, file.id, most=SHOWN) if file.state == "checked" else (),
        wrong=await history_rows.wrong(tenant, file.id, most=WRONG_SHOWN) if is_file else (),
    )
