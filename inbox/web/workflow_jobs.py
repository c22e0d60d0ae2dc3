"""Which jobs are live: workflows may be only for those."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.automation import live_jobs
from inbox.errors import Invalid
from inbox.languages import _
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/workflows/jobs"


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """The jobs of candidates, live and closed."""
    return await _show(request)


@allowed(Act.SEND_CAMPAIGNS)
async def change(request: Request) -> Response:
    """Close a job, or with `live` open it again; 422 for a name that is none."""
    me, form = who(request), await forms.read(request)
    name, is_live = form.raw("job"), form.raw("live") == "1"
    try:
        async with me.tenant.transaction():
            if is_live:
                await live_jobs.reopen(me.tenant, name)
            else:
                await live_jobs.close(me.tenant, name, by=me.user.name)
            job = name.strip()[:80]
            opened, closed = _("opened the job “%(name)s”", name=job), _("closed the job “%(name)s”", name=job)
            await note(me, "workflow", opened if is_live else closed)
    except Invalid as error:
        return await _show(request, status=422, wrong=error.fields["job"])
    return RedirectResponse(ADDRESS, status_code=303)


async def _show(request: Request, *, status: int = 200, wrong: str | None = None) -> Response:
    found = await live_jobs.all_of(who(request).tenant)
    return await pages.page(request, "workflows/jobs.html", status=status, nav="campaigns", jobs=found, wrong=wrong)
