"""Why somebody gets no text of a campaign: looked for in the review, and again when it is their turn."""

from collections.abc import Collection, Mapping, Sequence

from inbox.automation import merge_fields
from inbox.automation.campaigns import Campaign
from inbox.candidates import consents
from inbox.candidates.people import Candidate
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import outbound
from inbox.messaging.blocks import Kind
from inbox.storage.database import Tenant

REASONS: Mapping[str, str] = {
    "opted_out": _("opted out"),
    "dead_number": _("a number that takes no texts"),
    "no_number": _("no mobile number"),
    "no_consent": _("no consent on file"),
    "missing": _("a field is empty"),
    **{f"missing:{name}": _("no value for %(field)s", field="{{" + name + "}}") for name in merge_fields.FIELDS},
    "too_long": _("the text is too long"),
}
"""Why somebody is left out, in the words of the review; of empty fields the first one is named."""
FORECASTS: Mapping[str, str] = {
    Kind.QUIET: _("in quiet hours where they are"),
    Kind.CAP: _("with as many texts in 24 hours as they may get"),
}
"""What holds somebody at first, in the words of the review."""


async def agreed(tenant: Tenant, candidates: Sequence[Candidate]) -> set[str]:
    """The ids of those with a consent on file: the ledger's for their number, else what the profile says."""
    known = await consents.standing(tenant, {one.number for one in candidates if one.number})
    standing = {one.id: known.get(one.number or "") for one in candidates}
    return {one.id for one in candidates if (one.consent if (row := standing[one.id]) is None else row.given)}


def lacks_consent(campaign: Campaign, candidate: Candidate, agreed: Collection[str]) -> bool:
    """Whether it is for those who agreed alone, and this one did not or took it back."""
    return campaign.only_consented and candidate.id not in agreed


def of_words(filled: merge_fields.Filled) -> str | None:
    """Why these words cannot go out; None when they can."""
    if filled.missing:
        return f"missing:{filled.missing[0]}"
    try:
        outbound.sendable(filled.text)
    except Invalid:
        return "too_long"
    return None
