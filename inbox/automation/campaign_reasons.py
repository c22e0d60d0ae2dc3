"""Why somebody gets no text of a campaign: looked for in the review, and again when it is their turn."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import and_, select

from inbox.automation import merge_fields
from inbox.automation.campaigns import Campaign
from inbox.candidates import consents, numbers, people
from inbox.candidates.people import Candidate
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import outbound
from inbox.messaging.blocks import Kind
from inbox.storage.database import Tenant
from inbox.storage.tables import campaign_recipients, candidate_numbers

REASONS: Mapping[str, str] = {
    "opted_out": _("opted out"),
    "dead_number": _("a number that takes no texts"),
    "no_number": _("no mobile number"),
    "no_consent": _("no consent on file"),
    "same_number": _("same number as somebody else"),
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


async def shared_numbers(tenant: Tenant, campaign: Campaign, candidates: Sequence[Candidate]) -> dict[str, str | None]:
    """The numbers of these that others have too, each with the recipient who gets the text there so far.

    A campaign reaches a phone once, whoever shares it.
    """
    found: dict[str, str | None] = dict.fromkeys(
        await numbers.shared(tenant, {one.number for one in candidates if one.number})
    )
    if not found:
        return found
    rows = await tenant.fetch_all(
        select(candidate_numbers.c.candidate_id)
        .distinct()
        .join(
            campaign_recipients,
            and_(
                campaign_recipients.c.organisation_id == candidate_numbers.c.organisation_id,
                campaign_recipients.c.candidate_id == candidate_numbers.c.candidate_id,
            ),
        )
        .where(
            candidate_numbers.c.organisation_id == tenant.organisation_id,
            candidate_numbers.c.number.in_(sorted(found)),
            campaign_recipients.c.campaign_id == campaign.id,
            campaign_recipients.c.state == "waiting",
        )
    )
    for one in await people.by_ids(tenant, [row.candidate_id for row in rows]):
        if one.number in found:
            found[one.number] = one.id
    return found


def of_words(filled: merge_fields.Filled) -> str | None:
    """Why these words cannot go out; None when they can."""
    if filled.missing:
        return f"missing:{filled.missing[0]}"
    try:
        outbound.sendable(filled.text)
    except Invalid:
        return "too_long"
    return None
