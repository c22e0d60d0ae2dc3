"""Who must not be written to: STOP and START, per company number and candidate number."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.dialects.postgresql import insert

from inbox.storage.columns import db_moment
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations, messages, opt_outs
from providers.contract import IncomingSms

# Twilio's default keywords for long codes: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
START_WORDS = frozenset({"start", "unstop"})


def keyword(sms: IncomingSms) -> str | None:
    """ "stop" or "start" when the text is nothing but such a word, or when the provider said so; else None."""
    if sms.opt_out in {"stop", "start"}:
        return sms.opt_out
    word = sms.body.strip().removesuffix(".").casefold()
    if word in STOP_WORDS:
        return "stop"
    return "start" if word in START_WORDS else None


async def is_outdated(
    tenant: Tenant, conversation_id: str, company_number_id: str, number: str, word: str, at: datetime
) -> bool:
    """Whether a "stop" or "start" texted at `at` (UTC) says nothing any more, as something newer is known."""
    newer: ColumnElement[bool] = exists().where(
        messages.c.organisation_id == tenant.organisation_id,
        messages.c.conversation_id == conversation_id,
        messages.c.event.is_not(None),
        messages.c.at > at,
    )
    if word == "start":
        # The provider may have told of an opt-out whose text never came here.
        newer = newer | exists().where(
            opt_outs.c.organisation_id == tenant.organisation_id,
            opt_outs.c.company_number_id == company_number_id,
            opt_outs.c.number == number,
            opt_outs.c.at > at,
        )
    return bool(await tenant.fetch_val(select(newer)))


async def note_stop(
    tenant: Tenant,
    conversation_id: str,
    company_number_id: str,
    number: str,
    *,
    word: str,
    at: datetime | None = None,
) -> None:
    """Nobody may text `number` from this company number, since `at` (UTC) or now.

    Belongs in the message's transaction.
    """
    since = db_moment(at)
    await tenant.execute(
        insert(opt_outs)
        .values(
            organisation_id=tenant.organisation_id,
            company_number_id=company_number_id,
            number=number,
            keyword=word[:40],
            at=since,
        )
        .on_conflict_do_nothing(index_elements=["organisation_id", "company_number_id", "number"])
    )
    await tenant.execute(
        conversations.update()
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.id == conversation_id,
            conversations.c.opted_out_at.is_(None),
        )
        .values(opted_out_at=since)
    )


async def note_start(tenant: Tenant, conversation_id: str, company_number_id: str, number: str) -> None:
    """The candidate allows texts again; only their own START may call this."""
    await tenant.execute(
        opt_outs.delete().where(
            opt_outs.c.organisation_id == tenant.organisation_id,
            opt_outs.c.company_number_id == company_number_id,
            opt_outs.c.number == number,
        )
    )
    await tenant.execute(
        conversations.update()
        .where(conversations.c.organisation_id == tenant.organisation_id, conversations.c.id == conversation_id)
        .values(opted_out_at=None)
    )
