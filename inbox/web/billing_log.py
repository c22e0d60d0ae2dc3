"""Settings > SMS billing log: what is left, where it went, and adding segments."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast, get_args
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox import clock
from inbox.accounts.roles import Act
from inbox.billing import balance, log
from inbox.billing.log import Entry, Shown
from inbox.errors import Invalid
from inbox.languages import _, ngettext
from inbox.messaging.views import View
from inbox.reports.export_rows import asked_days, step
from inbox.web import exports, forms, pages, views
from inbox.web.access import allowed, note, who
from inbox.web.low_balance import lasts

ADDRESS = "/settings/organisation/sms/billing-log"
SHOWN: dict[Shown, str] = {
    "all": _("Everything"),
    "sent": _("Sent"),
    "received": _("Received"),
    "top_ups": _("Top-ups"),
    "corrections": _("Corrections"),
}


@allowed(Act.BILLING)
async def index(request: Request) -> Response:
    """The log, narrowed by days and kind."""
    return await _page(request)


@allowed(Act.BILLING)
async def top_up(request: Request) -> Response:
    """Add segments; 422 with the sentence when the number is none."""
    me, form = who(request), await forms.read(request)
    typed = form.raw("segments").replace(",", "").replace(" ", "")
    try:
        number = int(typed) if typed.isdecimal() and len(typed) < 12 else 0
        async with me.tenant.transaction():
            await balance.top_up(me.tenant, me.user.name, number, form.raw("note").strip())
            await note(me, "billing", ngettext("added %(num)s segment", "added %(num)s segments", number))
    except Invalid as error:
        told = {"segments": form.raw("segments"), "note": form.raw("note")}
        return await _page(request, status=422, typed=told, wrong=error.fields)
    return RedirectResponse(f"{ADDRESS}?added={number}", status_code=303)


@allowed(Act.BILLING)
async def export(request: Request) -> Response:
    """The same as a CSV file (RFC 4180)."""
    view, _wrong = views.days_of(request, who(request))
    start, end = view.bounds(clock.now())
    asked = {**asked_days(start, end), "shown": _shown(request)}
    return await exports.answer(request, "billing", asked, _("the SMS billing log"))


async def _page(
    request: Request, *, status: int = 200, typed: dict[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> Response:
    me = who(request)
    view, errors = views.days_of(request, me)
    shown, (start, end) = _shown(request), view.bounds(clock.now())
    found = await log.page(me.tenant, start=start, end=end, shown=shown, before=_before(request))
    added = request.query_params.get("added", "")
    return await pages.page(
        request,
        "settings/billing_log.html",
        status=422 if errors else status,
        nav="settings",
        left=await balance.find(me.tenant),
        days=lasts(await log.days_left(me.tenant)),
        found=found,
        more=_key(found.more) if found.more else None,
        words=step,
        view=view,
        errors=errors,
        shown=shown,
        kinds=SHOWN,
        query=lambda **changes: _query(view, shown, **changes),
        typed=typed or {"segments": "", "note": ""},
        wrong={"segments": None, "note": None} | dict(wrong or {}),
        notice=ngettext("%(num)s segment added.", "%(num)s segments added.", int(added))
        if added.isdecimal() and len(added) < 12
        else None,
    )


def _shown(request: Request) -> Shown:
    asked = request.query_params.get("kind", "all")
    return cast(Shown, asked) if asked in get_args(Shown) else "all"


def _key(entry: Entry) -> str:
    """The place behind this entry, for an address."""
    return f"{clock.microseconds(entry.at)}.{entry.id}"


def _before(request: Request) -> tuple[datetime, int] | None:
    at, _, place = request.query_params.get("before", "").partition(".")
    if not (at.isdecimal() and place.isdecimal() and len(at) < 18 and len(place) < 19):
        return None
    return clock.from_microseconds(int(at)), int(place)


def _query(view: View, shown: Shown, **changes: str) -> str:
    parameters = {
        "range": view.range,
        "from": view.start.isoformat() if view.start else "",
        "to": view.end.isoformat() if view.end else "",
        "kind": "" if shown == "all" else shown,
    } | changes
    return "?" + urlencode({name: value for name, value in parameters.items() if value})
