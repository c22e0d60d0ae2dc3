"""Settings > Audit log: who did what, whether the log is whole, and all of it as a file."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts import team
from inbox.accounts.roles import Act
from inbox.candidates import choices
from inbox.languages import _
from inbox.storage import audit
from inbox.web import exports, pages
from inbox.web.access import allowed, who

ADDRESS = "/settings/audit-log"
LOOKED_THROUGH = 1_000
"""Entries whose hashes are made again each time that the page is shown."""


@allowed(Act.USERS)
async def index(request: Request) -> Response:
    """The entries, newest first, narrowed by kind and person."""
    me, (act, actor_id) = who(request), _asked(request)
    typed = request.query_params.get("before", "")
    before = int(typed) if typed.isdecimal() and len(typed) < 18 else None
    found, more = await audit.page(me.tenant, act=act, actor_id=actor_id, before=before)
    return await pages.page(
        request,
        "settings/audit_log.html",
        nav="settings",
        found=found,
        more=more,
        act=act,
        actor_id=actor_id,
        acts=audit.ACTS,
        members=await team.members(me.tenant),
        broken=await audit.first_broken(me.tenant, newest=LOOKED_THROUGH),
        query=lambda **changes: _query(act, actor_id, **changes),
    )


@allowed(Act.USERS)
async def export(request: Request) -> Response:
    """The same as a CSV file (RFC 4180)."""
    act, actor_id = _asked(request)
    return await exports.answer(request, "audit", {"act": act, "actor": actor_id}, _("the audit log"))


def _asked(request: Request) -> tuple[str, str]:
    act = request.query_params.get("act", "")
    return act if act in audit.ACTS else "", choices.as_id(request.query_params.get("user"))


def _query(act: str, actor_id: str, **changes: str) -> str:
    parameters = {"act": act, "user": actor_id} | changes
    kept = {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
