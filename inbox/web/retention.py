"""Settings > Retention: for how long candidates are kept after the last text, and who was removed."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.languages import _, gathered
from inbox.reports import erasures, retention
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who
from inbox.web.forms import Form

ADDRESS = "/settings/retention"
COUNTRIES = (
    (retention.EVERYWHERE, _("Everywhere else")),
    ("au", _("Australia")),
    ("gb", _("United Kingdom")),
    ("us", _("United States")),
)
_FIELDS = {country: f"months-{country or 'else'}" for country, _words in COUNTRIES}


@allowed(Act.ERASE)
async def show(request: Request) -> Response:
    """The rules as they stand, and what was removed."""
    decided = await retention.rules(who(request).tenant)
    typed = {name: str(decided.get(country, "")) for country, name in _FIELDS.items()}
    return await _page(request, typed=typed, saved="saved" in request.query_params)


@allowed(Act.ERASE)
async def save(request: Request) -> Response:
    """Keep other rules; 422 with a sentence beside each that cannot be."""
    me, form = who(request), await forms.read(request)
    typed = {name: form.raw(name).strip() for name in _FIELDS.values()}
    try:
        chosen = _chosen(form)
        async with me.tenant.transaction():
            await retention.decide(me.tenant, chosen)
            await note(me, "settings", _said(chosen))
    except Invalid as invalid:
        errors = {_FIELDS[country]: sentence for country, sentence in invalid.fields.items()}
        return await _page(request, status=422, typed=typed, errors=errors)
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)


def _chosen(form: Form) -> dict[str, int]:
    """Months by country, of those that have a rule; a word that is no number is refused with the others."""
    words = {country: form.raw(name).strip() for country, name in _FIELDS.items()}
    return {country: int(word) if word.isdecimal() and len(word) < 5 else 0 for country, word in words.items() if word}


def _said(chosen: Mapping[str, int]) -> str:
    """What was decided, for the audit log."""
    if not chosen:
        return _("keeps candidates for ever")
    told = (gathered((country.upper() or _("everywhere else"), str(months))) for country, months in chosen.items())
    return _("keeps candidates for so many months: %(rules)s", rules=gathered(told, ", "))


async def _page(
    request: Request,
    *,
    typed: Mapping[str, str],
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    saved: bool = False,
) -> Response:
    before = request.query_params.get("before")
    found, more = await erasures.latest(who(request).tenant, before=forms.as_id(before) if before else None)
    return await pages.page(
        request,
        "settings/retention.html",
        status=status,
        nav="settings",
        countries=[(_FIELDS[country], words) for country, words in COUNTRIES],
        typed=typed,
        errors=errors or {},
        saved=saved,
        erasures=found,
        more=more,
    )
