"""Settings > Audit log: who did what, whether the log is whole, and all of it as a file."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from inbox import clock
from inbox.accounts import team
from inbox.accounts.roles import Act
from inbox.candidates import choices
from inbox.languages import _
from inbox.messaging.views import View
from inbox.reports.export_rows import asked_days
from inbox.storage import audit
from inbox.web import exports, pages, views
from inbox.web.access import allowed, who

ADDRESS = "/settings/audit-log"
LOOKED_THROUGH = 1_000
"""Entries whose hashes are made again each time that the page is shown."""


@allowed(Act.USERS)
async def index(request: Request) -> Response:
    """The entries, newest first, narrowed by kind, person and days."""
    me, (act, actor_id) = who(request), _asked(request)
    view, errors = views.days_of(request, me, otherwise="all")
    typed = request.query_params.get("before", "")
    before = int(typed) if typed.isdecimal() and len(typed) < 18 else None
    days = view.bounds(clock.now())
    found, more = await audit.page(me.tenant, act=act, actor_id=actor_id, days=days, before=before)
    return await pages.page(
        request,
        "settings/audit_log.html",
        status=422 if errors else 200,
        nav="settings",
        found=found,
        more=more,
        view=view,
        errors=errors,
        is_narrowed=bool(act or actor_id or view.range != "all"),
        act=act,
        actor_id=actor_id,
        acts=audit.ACTS,
        members=await team.members(me.tenant),
        broken=await audit.first_broken(me.tenant, newest=LOOKED_THROUGH),
        query=lambda **changes: _query(view, act, actor_id, **changes),
    )


@allowed(Act.USERS)
async def export(request: Request) -> Response:
    """The same as a CSV file (RFC 4180)."""
    act, actor_id = _asked(request)
    view, _wrong = views.days_of(request, who(request), otherwise="all")
    asked = {**asked_days(*view.bounds(clock.now())), "act": act, "actor": actor_id}
    what = _("the audit log %(days)s", days=view.days_words) if view.days_words else _("the audit log")
    return await exports.answer(request, "audit", asked, what)


def _asked(request: Request) -> tuple[str, str]:
    act = request.query_params.get("act", "")
    return act if act in audit.ACTS else "", choices.as_id(request.query_params.get("user"))


def _query(view: View, act: str, actor_id: str, **changes: str) -> str:
    days = {
        "range": "" if view.range == "all" else view.range,
        "from": view.start.isoformat() if view.start else "",
        "to": view.end.isoformat() if view.end else "",
    }
    parameters = {**days, "act": act, "user": actor_id} | changes
    kept = {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
