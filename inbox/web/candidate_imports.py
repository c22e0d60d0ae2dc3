"""Importing candidates from a file: choose it, see what it would do, have it done, take it back."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.candidates import import_files, import_rows, imported_rows, imports
from inbox.candidates.import_files import FIELDS, Line
from inbox.candidates.import_rows import Planned
from inbox.candidates.imports import Import
from inbox.errors import Invalid, Refused
from inbox.languages import _
from inbox.messaging import importing
from inbox.provisioning import company_numbers
from inbox.storage.database import Tenant
from inbox.web import forms, imported_files, pages
from inbox.web.access import allowed, who
from inbox.web.imported_files import WRONG_SHOWN

ADDRESS = "/candidates/imports"
SHOWN = 8
"""Rows of each kind that are shown before the import begins."""


@allowed(Act.MANAGE_CANDIDATES)
async def index(request: Request) -> Response:
    """Choose a file; below it those that were imported before."""
    return await _index(request)


@allowed(Act.MANAGE_CANDIDATES)
async def create(request: Request) -> Response:
    """Read the file that was chosen and show what it would do; 422 with the sentence when it cannot be read."""
    me = who(request)
    try:
        name, file = await imported_files.posted(request)
    except Invalid as error:
        return await _index(request, status=422, error=error.fields["file"])
    columns = import_files.guessed(file.headings)
    plans = await _planned(me.tenant, file.lines, columns)
    import_id = await imports.create(me.tenant, me.user.id, name, file, columns, plans)
    return RedirectResponse(f"{ADDRESS}/{import_id}", status_code=303)


@allowed(Act.MANAGE_CANDIDATES)
async def show(request: Request) -> Response:
    """What the file would do, is doing or did."""
    return await _show(request, await _asked_for(request))


@allowed(Act.MANAGE_CANDIDATES)
async def check_again(request: Request) -> Response:
    """Read the columns as they were chosen, and keep what is to become of who is here already."""
    me, file, form = who(request), await _asked_for(request), await forms.read(request)
    columns = [form.raw(f"column-{place}") for place in range(len(file.headings))]
    known: imports.Known = "fill" if form.raw("known") == "fill" else "leave"
    try:
        import_rows.check_columns(columns)
        plans = await _planned(me.tenant, await imported_rows.lines(me.tenant, file.id), columns)
        await imports.check_again(me.tenant, file.id, columns, known, plans)
    except Invalid as error:
        return await _show(request, file, status=422, error=error.fields["columns"], columns=columns)
    except Refused as error:
        return await _show(request, await _asked_for(request), status=409, notice=str(error))
    return RedirectResponse(f"{ADDRESS}/{file.id}", status_code=303)


@allowed(Act.MANAGE_CANDIDATES)
async def begin(request: Request) -> Response:
    """Have it imported; 422 when the columns do not say who anybody is."""
    file = await _asked_for(request)
    try:
        import_rows.check_columns(file.columns)
    except Invalid as error:
        return await _show(request, file, status=422, error=error.fields["columns"])
    return await _do(request, importing.begin, _("imported candidates from %(file)s", file=file.file_name))


@allowed(Act.MANAGE_CANDIDATES)
async def stop(request: Request) -> Response:
    """Import no further rows."""
    return await _do(request, importing.stop, _("stopped an import of candidates"))


@allowed(Act.MANAGE_CANDIDATES)
async def undo(request: Request) -> Response:
    """Take it back."""
    return await _do(request, importing.undo, _("undid an import of candidates"))


@allowed(Act.MANAGE_CANDIDATES)
async def wrong(request: Request) -> Response:
    """The rows that cannot be imported, with the reason behind each, as a file to mend and import."""
    me, file = who(request), await _asked_for(request)
    rows = await imported_rows.first(me.tenant, file.id, ["wrong"], most=None)
    found = ((row.line.cells, row.sentence or "") for row in rows)
    return imported_files.to_mend(file.headings, found, me.user.reader)


async def _asked_for(request: Request) -> Import:
    return await imports.find(who(request).tenant, str(request.path_params["import_id"]))


async def _do(request: Request, act: imported_files.Act, what: str) -> Response:
    """Go one step; 409 with where it stands when somebody was faster."""
    file = await _asked_for(request)
    why = await imported_files.hindered(who(request), act, file.id, what)
    if why is not None:
        return await _show(request, await _asked_for(request), status=409, notice=why)
    return RedirectResponse(f"{ADDRESS}/{file.id}", status_code=303)


async def _planned(tenant: Tenant, lines: list[Line] | tuple[Line, ...], columns: Any) -> tuple[Planned, ...]:
    region = await company_numbers.region(tenant)
    team = {name: user.id for user in await users.who_may(tenant, Act.REPLY) for name in _names_of(user)}
    # Thousands of numbers take a second to look at, and everybody else's pages go on meanwhile.
    return await asyncio.to_thread(import_rows.planned, lines, columns, region=region, team=team)


def _names_of(user: Any) -> tuple[str, str]:
    return user.name.casefold(), user.email.casefold()


async def _index(request: Request, *, status: int = 200, error: str | None = None) -> Response:
    return await pages.page(
        request,
        "candidate_imports/index.html",
        status=status,
        nav="candidates",
        error=error,
        earlier=await imports.latest(who(request).tenant),
        most_rows=import_files.MOST_ROWS,
        most_megabytes=import_files.MOST_BYTES // 1024 // 1024,
    )


async def _show(
    request: Request,
    file: Import,
    *,
    status: int = 200,
    error: str | None = None,
    notice: str | None = None,
    columns: Any = None,
) -> Response:
    tenant = who(request).tenant
    return await pages.page(
        request,
        "candidate_imports/show.html",
        status=status,
        nav="candidates",
        file=file,
        columns=columns or file.columns,
        fields={field: words for field, (words, _) in FIELDS.items()},
        error=error,
        notice=notice,
        rows=await imported_rows.first(tenant, file.id, ("new", "known"), most=SHOWN)
        if file.state == "checked"
        else (),
        wrong=await imported_rows.first(tenant, file.id, ["wrong"], most=WRONG_SHOWN),
    )
