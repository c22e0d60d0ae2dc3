"""What a text that came in does beside being read: STOP, START, and what is taken for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from inbox.candidates import consents
from inbox.messaging import keywords, opt_outs, withdrawing
from inbox.messaging.keywords import Heard
from inbox.messaging.withdrawing import Withdrawn
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.database import Tenant
from providers.contract import IncomingSms

_DID: Mapping[Heard, str] = {
    "stop": "opted_out",
    "presumed": "presumed",
    "start": "opted_in",
    "help": "helped",
}


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What it did, as the message's event; what was taken back; whether a person has to be told to look at it."""

    event: str | None = None
    withdrawn: Withdrawn | None = None
    to_review: bool = False


async def obey(
    tenant: Tenant,
    conversation_id: str,
    number: CompanyNumber,
    sms: IncomingSms,
    at: datetime,
    *,
    came_late: bool,
    is_history: bool = False,
) -> Obeyed:
    """Do what a text written at `at` (UTC) says; nothing for other texts, and for a word that newer ones undid.

    Belongs in the message's transaction, which holds the conversation, behind `opt_outs.hold`. History asks nobody.
    """
    word = keywords.heard(sms)
    if word is None or (
        came_late
        and word != "help"
        and await opt_outs.is_outdated(tenant, number.id, sms.sender, word, at, is_history=is_history)
    ):
        return Obeyed()
    late_at = at if came_late else None
    if word == "start":
        await opt_outs.note_start(tenant, number.id, sms.sender, at=late_at)
    if word != "help":
        await consents.record(tenant, sms.sender, source="text", words=sms.body, given=word == "start", at=late_at)
    if word not in ("stop", "presumed"):
        return Obeyed(_DID[word])
    is_presumed = word == "presumed"
    is_news = await opt_outs.note_stop(
        tenant, conversation_id, number.id, sms.sender, word=sms.body, at=at, presumed=is_presumed
    )
    await opt_outs.spread(tenant, sms.sender)
    withdrawn = await withdrawing.take_back(tenant, conversation_id)
    return Obeyed(_DID[word], withdrawn, is_presumed and is_news and not is_history)
