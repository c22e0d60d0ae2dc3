"""Somebody writes down that a candidate has agreed to texts, or has taken it back; open threads follow."""

from sqlalchemy import select

from inbox.accounts.users import User
from inbox.candidates import consents, people
from inbox.errors import Invalid
from inbox.languages import _
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations


async def write_down(tenant: Tenant, user: User, candidate_id: str, *, given: bool, words: str) -> str:
    """Add to the ledger of the candidate's number; that number. Raises Invalid, NotFound."""
    words = words.strip()
    if not words:
        raise Invalid({"words": _("Write who agreed, when and where, in their words.")})
    if len(words) > consents.MOST_WORDS:
        over = len(words) - consents.MOST_WORDS
        raise Invalid(
            {"words": _("%(most)s characters at most. Shorten it by %(over)s.", most=consents.MOST_WORDS, over=over)}
        )
    async with tenant.transaction():
        candidate = await people.find(tenant, candidate_id)
        if candidate.number is None:
            raise Invalid({"words": _("There is no number that consent could be for. Add one first.")})
        await consents.record(tenant, candidate.number, source="record", words=words, author=user.name, given=given)
        theirs = await tenant.fetch_all(
            select(conversations.c.id)
            .where(
                conversations.c.organisation_id == tenant.organisation_id,
                conversations.c.candidate_id == candidate.id,
            )
            .order_by(conversations.c.id)
        )
        for row in theirs:
            await events.record(tenant, EventKind.CANDIDATE_CHANGED, conversation_id=row.id, actor_id=user.id)
    return candidate.number
