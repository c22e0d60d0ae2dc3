"""Company settings: the hours in which somebody answers candidates, and what follows when nobody does."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import companies
from inbox.accounts.companies import Company
from inbox.accounts.roles import Act
from inbox.accounts.working_hours import Day, WorkingHours, minutes_of, read
from inbox.errors import Invalid
from inbox.languages import _, gathered
from inbox.messaging import escalation
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who
from inbox.web.forms import Form

ADDRESS = "/settings/company/hours"
DAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
ESCALATIONS = (
    ("owner", _("Notify whoever has it, or the managers when nobody has")),
    ("shared", _("Hand it back to Shared")),
    ("managers", _("Notify the managers")),
)
DEFAULT_AFTER = 4
_MIDNIGHT = 24 * 60


@allowed(Act.SETTINGS)
async def show(request: Request) -> Response:
    """The hours as they stand."""
    me = who(request)
    company = me.company or await companies.only_or_new(me.tenant, me.organisation.name)
    notice = _("Saved.") if "saved" in request.query_params else None
    return await _page(request, typed=_fields(company), notice=notice)


@allowed(Act.SETTINGS)
async def save(request: Request) -> Response:
    """Keep other hours; 422 with a sentence for each day that cannot be so."""
    me, form = who(request), await forms.read(request)
    names = [*(name for number in range(7) for name in _names(number)), "escalates_to", "escalates_after"]
    typed = {name: form.raw(name) for name in names}
    try:
        hours, escalates = _hours(form), _escalation(form)
    except Invalid as error:
        return await _page(request, typed=typed, status=422, errors=error.fields)
    company = me.company or await companies.only_or_new(me.tenant, me.organisation.name)
    async with me.tenant.transaction():
        await escalation.settle(me.tenant, company, hours, *escalates)
        await note(me, "settings", _said(hours, *escalates))
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)


def _said(hours: WorkingHours, to: str | None, after: int | None) -> str:
    """What was done, for the audit log."""
    days = (
        gathered((name, f"{_clock(day[0])}-{_clock(day[1])}"))
        for name, day in zip(DAYS, hours.days, strict=True)
        if day is not None
    )
    what = _("set the working hours to %(days)s", days=gathered(days, ", "))
    follows = dict(ESCALATIONS).get(to or "")
    if not follows:
        return what
    return _("%(what)s; after %(hours)s of them: %(act)s", what=what, hours=after, act=follows)


def _names(number: int) -> tuple[str, str, str]:
    return f"works-{number}", f"from-{number}", f"to-{number}"


def _fields(company: Company) -> dict[str, str]:
    after = company.escalates_after or DEFAULT_AFTER
    fields = {"escalates_to": company.escalates_to or "", "escalates_after": str(after)}
    for number, day in enumerate(read(company.working_hours).days):
        begins, ends = day or (9 * 60, 17 * 60)
        values = ("1" if day else "", _clock(begins), _clock(ends))
        fields |= dict(zip(_names(number), values, strict=True))
    return fields


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _hours(form: Form) -> WorkingHours:
    """The hours of all days; raises Invalid with a sentence for each `from-` that cannot be."""
    days: list[Day | None] = []
    sentences: dict[str, str] = {}
    for number, name in enumerate(DAYS):
        works, from_, to = _names(number)
        if not form.raw(works):
            days.append(None)
            continue
        begins, ends = minutes_of(form.raw(from_)), minutes_of(form.raw(to))
        if begins is None or ends is None:
            sentences[from_] = _("Enter when work begins and ends on %(name)s", name=name)
        elif begins >= (ends or _MIDNIGHT):
            sentences[from_] = _("Work on %(name)s must end after it begins", name=name)
        days.append((begins or 0, ends or _MIDNIGHT))
    if not sentences and not any(days):
        sentences["from-0"] = _("Choose at least one day")
    if sentences:
        raise Invalid(sentences)
    return WorkingHours(tuple(days))


def _escalation(form: Form) -> tuple[str | None, int | None]:
    """To whom, and after how many hours; raises Invalid."""
    to, after = form.raw("escalates_to"), form.raw("escalates_after").strip()
    if to not in dict(ESCALATIONS):
        return None, None
    if not (after.isdecimal() and len(after) < 4 and 1 <= int(after) <= escalation.MOST_HOURS):
        raise Invalid(
            {"escalates_after": _("Enter a number of hours from 1 to %(most_hours)s", most_hours=escalation.MOST_HOURS)}
        )
    return to, int(after)


async def _page(
    request: Request,
    *,
    typed: dict[str, str],
    status: int = 200,
    errors: dict[str, str] | None = None,
    notice: str | None = None,
) -> Response:
    me = who(request)
    context: dict[str, Any] = {"typed": typed, "days": DAYS, "errors": errors or {}, "notice": notice}
    context["escalations"] = ESCALATIONS
    zone_words = me.organisation.time_zone.rpartition("/")[2].replace("_", " ")
    return await pages.page(
        request, "settings/working_hours.html", status=status, nav="settings", zone_words=zone_words, **context
    )
