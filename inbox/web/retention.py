"""Settings > Retention: for how long candidates are kept after the last text, and who was removed."""

from collections.abc import Callable, Mapping
from unicodedata import combining, normalize

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.languages import _, gathered, regions
from inbox.languages.readers import Reader
from inbox.reports import erasures, retention
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who
from providers import phone

ADDRESS = "/settings/retention"
SHOWN = (retention.EVERYWHERE, "au", "gb", "us")
"""The countries whose rules are asked for in any case; others stand there once they have one, or can be added."""
_ALL = (retention.EVERYWHERE, *sorted(region.lower() for region in phone.REGIONS))
_COUNTRY, _NEW = "country", "months-new"
"""The fields of the country that is added."""


@allowed(Act.ERASE)
async def show(request: Request) -> Response:
    """The rules as they stand, and what was removed."""
    decided = await retention.rules(who(request).tenant)
    typed = {_field(country): str(months) for country, months in decided.items()}
    return await _page(request, typed=typed, saved="saved" in request.query_params)


@allowed(Act.ERASE)
async def save(request: Request) -> Response:
    """Keep other rules, and those of countries that the form has not; 422 with a sentence beside each wrong one."""
    me, form = who(request), await forms.read(request, most_fields=2 * len(_ALL))
    before = await retention.rules(me.tenant)
    has = [country for country in _ALL if form.every(_field(country))]
    typed = {_field(country): form.raw(_field(country)).strip() for country in has}
    typed |= {name: form.raw(name).strip() for name in (_COUNTRY, _NEW)}
    fields = {country: _field(country) for country in has}
    try:
        added = _added(typed)
        if added is not None:
            fields[added] = _NEW
        chosen = {country: _months(typed[name]) for country, name in fields.items() if typed[name]}
        chosen = {country: months for country, months in before.items() if country not in fields} | chosen
        async with me.tenant.transaction():
            await retention.decide(me.tenant, chosen)
            await note(me, "settings", _said(chosen))
    except Invalid as invalid:
        errors = {fields.get(country, country): sentence for country, sentence in invalid.fields.items()}
        return await _page(request, status=422, typed=typed, errors=errors)
    return RedirectResponse(f"{ADDRESS}?saved", status_code=303)


def _field(country: str) -> str:
    return f"months-{country or 'else'}"


def _added(typed: Mapping[str, str]) -> str | None:
    """The country that is added; None when none is. Raises Invalid for half of it."""
    country = typed[_COUNTRY]
    if not country and not typed[_NEW]:
        return None
    if country not in _ALL or not country:
        raise Invalid({_COUNTRY: _("Choose a country from the list.")})
    if not typed[_NEW]:
        raise Invalid({_NEW: _("Enter a number of months from 1 to %(most)s.", most=retention.MOST_MONTHS)})
    return country


def _months(word: str) -> int:
    """0 for a word that is no number, which is refused as one that is too small."""
    return int(word) if word.isdecimal() and len(word) < 5 else 0


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
    me, before = who(request), request.query_params.get("before")
    shown = [*SHOWN, *(country for country in _ALL if country not in SHOWN and _field(country) in typed)]
    others = [country for country in _ALL if country not in shown]
    found, more = await erasures.latest(me.tenant, before=forms.as_id(before) if before else None)
    return await pages.page(
        request,
        "settings/retention.html",
        status=status,
        nav="settings",
        countries=[(_field(country), _name(country), typed.get(_field(country), "")) for country in shown],
        others=[(country, _name(country)) for country in sorted(others, key=_sorted_for(me.user.reader))],
        typed={_COUNTRY: "", _NEW: "", **typed},
        errors=errors or {},
        saved=saved,
        erasures=found,
        more=more,
    )


def _name(country: str) -> str:
    return regions.name(country) if country else _("Everywhere else")


def _sorted_for(reader: Reader) -> Callable[[str], str]:
    """By name as the reader's language has it, letters with marks beside those without."""
    return lambda country: "".join(
        letter for letter in normalize("NFD", regions.name(country).said(reader)) if not combining(letter)
    )
