"""How a template or a campaign reads before anybody gets it: for a candidate, where nothing is known, and at worst."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts.roles import Act
from inbox.automation import field_values, longest_texts, merge_fields
from inbox.candidates import choices, people
from inbox.candidates.choices import Choice
from inbox.candidates.people import Candidate
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, who
from inbox.web.forms import Form
from providers import segments

FOUND = 5
"""So many candidates are offered to choose from."""
# An example to read a text with: nobody real.
EXAMPLE: dict[str, str | None] = {
    "first_name": "Maya",
    "name": "Maya Chen",
    "job": "Registered Nurse",
    "stage": "Interview",
    "city": "Geelong",
}


@allowed(Act.REPLY)
async def preview(request: Request) -> Response:
    """How the typed words read for the candidate that `as` finds, with nothing known, and what they cost at worst."""
    me, form = who(request), await forms.read(request)
    body = form.raw("body").strip()
    found = await _found(me, form)
    chosen = next((one for one in found if one.id == form.raw("candidate")), found[0] if found else None)
    company = me.company.name if me.company else me.organisation.name
    mine: dict[str, str | None] = {"my_first_name": me.user.first_name, "my_name": me.user.name, "company": company}
    values = field_values.of_candidate(chosen) if chosen else EXAMPLE
    known, bare = merge_fields.fill(body, values | mine), merge_fields.fill(body, mine)
    return pages.fragment(
        request,
        "message_templates/_preview.html",
        complaint=merge_fields.complaint(body) if body else None,
        asked=form.raw("as").strip(),
        found=found,
        chosen=chosen,
        known=known,
        bare=bare,
        segments=segments.measure(known.text).segments,
        longest=await longest_texts.of(me.tenant, body, mine),
    )


async def _found(me: Who, form: Form) -> Sequence[Candidate]:
    words = form.raw("as").replace("\x00", "").strip()[: choices.MOST_WORDS]
    return (await people.page(me.tenant, Choice(q=words))).rows[:FOUND] if words else ()
