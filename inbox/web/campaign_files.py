"""The people of a campaign from a file: choose it, see whose its rows are, and which are nobody's."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from inbox.accounts.roles import Act
from inbox.automation import campaign_files
from inbox.automation.campaign_files import CampaignFile
from inbox.candidates import import_files
from inbox.errors import Invalid
from inbox.languages import _
from inbox.provisioning import company_numbers
from inbox.reports import sheets
from inbox.web import imported_files, pages
from inbox.web.access import allowed, who

ADDRESS = "/campaigns/files"
SHOWN = 100
"""Rows that are nobody's; the file of them has all."""


@allowed(Act.SEND_CAMPAIGNS)
async def index(request: Request) -> Response:
    """Choose a file."""
    return await _page(request, None)


@allowed(Act.SEND_CAMPAIGNS)
async def create(request: Request) -> Response:
    """Read the file that was chosen and look for its people; 422 with the sentence when it cannot be read."""
    me = who(request)
    try:
        name, file = await imported_files.posted(request)
        region = await company_numbers.region(me.tenant)
        file_id = await campaign_files.create(me.tenant, me.user.id, name, file, region=region)
    except Invalid as error:
        return await _page(request, None, status=422, error=error.fields["file"])
    return RedirectResponse(f"{ADDRESS}/{file_id}", status_code=303)


@allowed(Act.SEND_CAMPAIGNS)
async def show(request: Request) -> Response:
    """How many of its rows are somebody's, and the first of those that are nobody's."""
    return await _page(request, await _asked_for(request))


@allowed(Act.SEND_CAMPAIGNS)
async def unmatched(request: Request) -> Response:
    """The rows that are nobody's, with the reason behind each, as a file to mend or to import."""
    me, file = who(request), await _asked_for(request)
    rows = await campaign_files.unmatched(me.tenant, file.id)
    lines = [[*file.headings, _("Why not")], *([*row.line.cells, row.sentence] for row in rows)]
    return StreamingResponse(
        (sheets.line(cells, me.user.reader) for cells in lines),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="not-matched.csv"'},
    )


async def _asked_for(request: Request) -> CampaignFile:
    return await campaign_files.find(who(request).tenant, str(request.path_params["file_id"]))


async def _page(
    request: Request, file: CampaignFile | None, *, status: int = 200, error: str | None = None
) -> Response:
    tenant = who(request).tenant
    return await pages.page(
        request,
        "campaigns/file.html",
        status=status,
        nav="campaigns",
        file=file,
        rows=await campaign_files.unmatched(tenant, file.id, most=SHOWN) if file else (),
        error=error,
        most_rows=import_files.MOST_ROWS,
    )
