"""How a template or a campaign reads before anybody gets it: for a candidate, where nothing is known, and at worst."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts.roles import Act
from inbox.automation import field_values, longest_texts, merge_fields
from inbox.candidates import choices, people
from inbox.candidates.choices import Choice
from inbox.candidates.people import Candidate
from inbox.web import forms, pages, trial_texts
from inbox.web.access import Who, allowed, who
from inbox.web.forms import Form
from inbox.web.trial_texts import Trial
from providers import segments

FOUND = 5
"""So many candidates are offered to choose from."""
TEST = "/message-templates/test"
# An example to read a text with: nobody real.
EXAMPLE: dict[str, str | None] = {
    "first_name": "Maya",
    "name": "Maya Chen",
    "job": "Registered Nurse",
    "stage": "Interview",
    "city": "Geelong",
}


@dataclass(frozen=True, slots=True)
class _Typed:
    """The words of the form, whom they may be read for, and what stands for the fields about the writer."""

    body: str
    found: Sequence[Candidate]
    chosen: Candidate | None
    mine: dict[str, str | None]

    @property
    def values(self) -> dict[str, str | None]:
        """What the fields stand for: of whoever was chosen, else the example's."""
        return (field_values.of_candidate(self.chosen) if self.chosen else EXAMPLE) | self.mine


@allowed(Act.REPLY)
async def preview(request: Request) -> Response:
    """How the typed words read for the candidate that `as` finds, with nothing known, and what they cost at worst."""
    me, form = who(request), await forms.read(request)
    typed = await _typed(me, form)
    known, bare = merge_fields.fill(typed.body, typed.values), merge_fields.fill(typed.body, typed.mine)
    return pages.fragment(
        request,
        "message_templates/_preview.html",
        complaint=merge_fields.complaint(typed.body) if typed.body else None,
        asked=form.raw("as").strip(),
        found=typed.found,
        chosen=typed.chosen,
        known=known,
        bare=bare,
        segments=segments.measure(known.text).segments,
        longest=await longest_texts.of(me.tenant, typed.body, typed.mine),
        trial=Trial(TEST),
    )


@allowed(Act.REPLY)
async def test(request: Request) -> Response:
    """Text what the preview shows to whoever is signed in."""
    me, form = who(request), await forms.read(request)
    typed = await _typed(me, form)
    body = merge_fields.fill(typed.body, typed.values).text
    return await trial_texts.answer(request, form, TEST, body, company_id=me.company_id, sender_id=me.user.id)


async def _typed(me: Who, form: Form) -> _Typed:
    found = await _found(me, form)
    chosen = next((one for one in found if one.id == form.raw("candidate")), found[0] if found else None)
    company = me.company.name if me.company else me.organisation.name
    mine: dict[str, str | None] = {"my_first_name": me.user.first_name, "my_name": me.user.name, "company": company}
    return _Typed(form.raw("body").strip(), found, chosen, mine)


async def _found(me: Who, form: Form) -> Sequence[Candidate]:
    words = form.raw("as").replace("\x00", "").strip()[: choices.MOST_WORDS]
    return (await people.page(me.tenant, Choice(q=words))).rows[:FOUND] if words else ()
