"""Exports: small ones are answered at once, large ones written by a worker and fetched from a page of one's own."""

from collections.abc import AsyncIterator, Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from inbox.accounts.roles import Act
from inbox.errors import NotAllowed, Refused
from inbox.languages import _, ngettext
from inbox.reports import exports, sheets
from inbox.reports.export_kinds import KINDS, Kind
from inbox.reports.exports import Export
from inbox.storage.database import Tenant
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, note, who
from inbox.web.ranges import Range, asked_range

ADDRESS = "/exports"
SMALL = 5_000
"""Up to so many lines are answered at once."""
_AT_ONCE = 1_000
_CSV = "text/csv; charset=utf-8"


async def answer(request: Request, name: str, asked: Mapping[str, str], what: str) -> Response:
    """The file, or the page on which it can be fetched when it is large; `what` it is, for the audit log.

    Whoever sees only their own conversations gets it at once however large it is: nothing is stored that could be
    fetched when a conversation is somebody else's.
    """
    me, kind = who(request), KINDS[name]
    if me.tenant.only_of is not None:
        await note(me, "export", _("exported %(what)s", what=what))
        return StreamingResponse(_streamed(me, kind, asked), headers=_headers(f"{kind.file_name}.csv"))
    cells = [await kind.heading(me.tenant, asked)]
    more: str | None = ""
    while len(cells) <= SMALL and more is not None:
        rows = await kind.read(me.tenant, asked, more or None, _AT_ONCE)
        cells += rows.cells
        more = rows.more
    if more is None:
        lines = ngettext("%(num)s line", "%(num)s lines", len(cells) - 1)
        await note(me, "export", _("exported %(what)s, %(lines)s", what=what, lines=lines))
        return Response(sheets.lines(cells, me.user.reader), headers=_headers(f"{kind.file_name}.csv"))
    try:
        async with me.tenant.transaction():
            export = await exports.ask(me.tenant, me.user, name, asked)
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
    return pages.fragment(request, "exports/_line.html", one=export)


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
    headers = _headers(export.file_name) | shared | {"Content-Length": str(part.length)} | part.headers(export.size)
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


async def _streamed(me: Who, kind: Kind, asked: Mapping[str, str]) -> AsyncIterator[str]:
    yield sheets.line(await kind.heading(me.tenant, asked), me.user.reader)
    more: str | None = ""
    while more is not None:
        rows = await kind.read(me.tenant, asked, more or None, _AT_ONCE)
        yield sheets.lines(rows.cells, me.user.reader)
        more = rows.more


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
        notice=notice,
    )


async def _asked_for(request: Request) -> Export:
    me = who(request)
    return await exports.find(me.tenant, str(request.path_params["export_id"]), user_id=me.user.id)


def _headers(file_name: str) -> dict[str, str]:
    return {"Content-Type": _CSV, "Content-Disposition": f'attachment; filename="{file_name}"'}
