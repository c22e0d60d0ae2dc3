"""Who must not be written to: STOP and START, per company number and candidate number."""

from sqlalchemy.dialects.postgresql import insert

from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations, opt_outs
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


async def note_stop(tenant: Tenant, conversation_id: str, company_number_id: str, number: str, *, word: str) -> None:
    """From now on nobody may text `number` from this company number. Belongs in the message's transaction."""
    await tenant.execute(
        insert(opt_outs)
        .values(
            organisation_id=tenant.organisation_id,
            company_number_id=company_number_id,
            number=number,
            keyword=word[:40],
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
        .values(opted_out_at=db_now())
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
