"""Exports: small ones are answered at once, large ones written by a worker and fetched from a page of one's own."""

from collections.abc import AsyncIterator, Mapping

import anyio
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from inbox.accounts.roles import Act
from inbox.errors import NotAllowed, Refused
from inbox.languages import _, ngettext
from inbox.languages.readers import Reader
from inbox.languages.sentences import said
from inbox.reports import export_lines, exports, workbooks
from inbox.reports.export_kinds import KINDS, Kind
from inbox.reports.export_rows import Rows
from inbox.reports.exports import Export, Format
from inbox.reports.sheets import Cells
from inbox.storage.database import Tenant
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, note, who
from inbox.web.ranges import Range, asked_range

ADDRESS = "/exports"
SMALL = 5_000
"""Up to so many lines are answered at once."""
SECONDS = 3.0
"""What takes longer to gather is left to a worker."""
_AT_ONCE = 1_000
_TYPES: Mapping[Format, str] = {"csv": "text/csv; charset=utf-8", "xlsx": workbooks.TYPE}


async def answer(request: Request, name: str, asked: Mapping[str, str], what: str) -> Response:
    """The file, or the page on which it can be fetched when it is large; `what` it is, for the audit log.

    It is a workbook where its address ends so. Whoever sees only their own conversations gets it at once however large
    it is: nothing is stored that could be fetched when a conversation is somebody else's.
    """
    me, kind = who(request), KINDS[name]
    format: Format = "xlsx" if request.url.path.endswith(".xlsx") else "csv"
    headers, is_stored = _headers(f"{kind.file_name}.{format}", format), me.tenant.only_of is None
    if format == "csv" and not is_stored:
        await note(me, "export", _("exported %(what)s", what=what))
        return StreamingResponse(_streamed(me, kind, asked), headers=headers)
    found: Rows | None = None
    with anyio.move_on_after(SECONDS if is_stored else None):
        found = await _whole(me.tenant, kind, asked, SMALL if is_stored else workbooks.MOST)
    if found is not None:
        lines = ngettext("%(num)s line", "%(num)s lines", len(found.cells) - max(1, len(found.tables)))
        await note(me, "export", _("exported %(what)s, %(lines)s", what=what, lines=lines))
        return Response(await _file(kind, format, found, me.user.reader), headers=headers)
    if not is_stored:
        too_long = _("A workbook holds no more than %(most)s lines. Export it as CSV.", most=workbooks.MOST)
        return await _page(request, status=409, notice=too_long)
    try:
        async with me.tenant.transaction():
            export = await exports.ask(me.tenant, me.user, name, asked, format)
            await note(me, "export", _("asked for an export of %(what)s (%(id)s)", what=what, id=export.id))
    except Refused as refused:
        return await _page(request, status=409, notice=refused.sentence)
    return RedirectResponse(f"{ADDRESS}?asked={export.id}", status_code=303)


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """One's own, newest first."""
    return await _page(request)


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """How far one has come, as its line."""
    export = await _asked_for(request)
    if not pages.is_htmx(request):
        return RedirectResponse(ADDRESS, status_code=303)
    return pages.fragment(request, "exports/_line.html", one=export, most=workbooks.MOST)


@allowed(Act.READ)
async def cancel(request: Request) -> Response:
    """Write no more of it, or throw it away."""
    await forms.read(request)
    me, export = who(request), await _asked_for(request)
    async with me.tenant.transaction():
        await exports.cancel(me.tenant, export)
        await note(me, "export", _("threw away the export %(id)s", id=export.id))
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.READ)
async def download(request: Request) -> Response:
    """The file or a range of it (RFC 9110, 14), for who asked for it and may still have it."""
    me, export = who(request), await _asked_for(request)
    if not me.user.may(export.kind.act):
        raise NotAllowed
    await exports.seen_by_asker(me.tenant, export)
    if export.state != "done":
        return RedirectResponse(ADDRESS, status_code=303)
    tag = f'"{export.id}"'
    shared = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": "private, no-store"}
    part = asked_range(request, export.size, tag)
    if part is None:
        return Response(status_code=416, headers=shared | {"Content-Range": f"bytes */{export.size}"})
    if request.method == "GET":
        await note(me, "export", _downloaded(export, part))
    headers = (
        _headers(export.file_name, export.format)
        | shared
        | {"Content-Length": str(part.length)}
        | part.headers(export.size)
    )
    status = 206 if part.is_part else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(_pieces(me.tenant, export, part), status_code=status, headers=headers)


def _downloaded(export: Export, part: Range) -> str:
    lines = ngettext("%(num)s line", "%(num)s lines", export.lines)
    if not part.is_part:
        return _("downloaded the export %(id)s, %(lines)s", id=export.id, lines=lines)
    return _(
        "downloaded bytes %(first)s to %(last)s of the export %(id)s, %(lines)s",
        first=part.first,
        last=part.last,
        id=export.id,
        lines=lines,
    )


async def _pieces(tenant: Tenant, export: Export, part: Range) -> AsyncIterator[bytes]:
    """A piece that is gone meanwhile breaks the answer off, which its length tells."""
    at = part.first
    while at <= part.last:
        start, content = await exports.piece(tenant, export.id, at)
        some = content[at - start : part.last + 1 - start]
        yield some
        at += len(some)


async def _parts(tenant: Tenant, kind: Kind, asked: Mapping[str, str]) -> AsyncIterator[Rows]:
    """All rows a part after the other, the heading with the first ones."""
    rows = export_lines.below(await kind.heading(tenant, asked), await kind.read(tenant, asked, None, _AT_ONCE))
    yield rows
    while rows.more is not None:
        rows = await kind.read(tenant, asked, rows.more, _AT_ONCE)
        yield rows


async def _whole(tenant: Tenant, kind: Kind, asked: Mapping[str, str], most: int) -> Rows | None:
    """The heading with all lines; None when they are more than so many."""
    cells: list[Cells] = []
    tables: dict[int, str] = {}
    async for rows in _parts(tenant, kind, asked):
        tables |= {len(cells) + place: name for place, name in rows.tables.items()}
        cells += rows.cells
        if len(cells) > most and rows.more is not None:
            return None
    return Rows(cells, None, tables=tables)


async def _file(kind: Kind, format: Format, found: Rows, reader: Reader) -> str | bytes:
    if format == "csv":
        return export_lines.as_csv(found, reader, begins=True)
    sheets = export_lines.as_sheets(said(kind.words, reader), export_lines.lines(found, reader))
    return await anyio.to_thread.run_sync(workbooks.made, sheets)


async def _streamed(me: Who, kind: Kind, asked: Mapping[str, str]) -> AsyncIterator[str]:
    begins = True
    async for rows in _parts(me.tenant, kind, asked):
        yield export_lines.as_csv(rows, me.user.reader, begins=begins)
        begins = False


async def _page(request: Request, *, status: int = 200, notice: str = "") -> Response:
    me = who(request)
    return await pages.page(
        request,
        "exports/index.html",
        status=status,
        nav="reports",
        found=await exports.of_user(me.tenant, me.user),
        asked=request.query_params.get("asked", ""),
        kept_days=exports.KEPT_DAYS,
        most=workbooks.MOST,
        notice=notice,
    )


async def _asked_for(request: Request) -> Export:
    me = who(request)
    return await exports.find(me.tenant, str(request.path_params["export_id"]), user_id=me.user.id)


def _headers(file_name: str, format: Format) -> dict[str, str]:
    return {"Content-Type": _TYPES[format], "Content-Disposition": f'attachment; filename="{file_name}"'}
