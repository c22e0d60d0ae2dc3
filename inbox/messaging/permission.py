"""May this text go out? One answer for every way that leads to a candidate's phone.

What stands against a text is a block: some forbid it for good or until something changes (`refused`). Every way asks
here, with the conversations held, so that no rule is forgotten on one of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.billing import balance
from inbox.candidates import consents
from inbox.errors import Refused
from inbox.languages import _, moments
from inbox.messaging.conversations import Conversation
from inbox.storage.database import Tenant
from inbox.storage.tables import messages

Path = Literal["reply", "retry", "schedule", "scheduled", "campaign", "workflow"]
"""The ways: somebody replies, tries again, or schedules a text; one is due; a campaign or a workflow texts."""


class Kind(StrEnum):
    """What stands against a text, the first one that does is told."""

    SENDER_GONE = "sender_gone"
    PRESUMED = "presumed"
    OPTED_OUT = "opted_out"
    NO_NUMBER = "no_number"
    NO_CONSENT = "no_consent"
    NO_SEGMENTS = "no_segments"


@dataclass(frozen=True, slots=True)
class Block:
    """Why a text does not go out, as a sentence."""

    kind: Kind
    sentence: str


async def check(tenant: Tenant, user: User, conversation: Conversation, path: Path) -> None:
    """Raise Refused, with the sentence for `user`, when no text of theirs may go out here on this way."""
    block = (await blocks(tenant, user, [conversation], path)).get(conversation.id)
    if block is not None:
        raise Refused(block.sentence)


async def blocks(tenant: Tenant, user: User, conversations: Sequence[Conversation], path: Path) -> Mapping[str, Block]:
    """What stands against a text of `user` on this way, by the ids of the conversations; others are free."""
    if user.deactivated or not user.may(Act.REPLY):
        gone = Block(Kind.SENDER_GONE, _("%(name)s cannot send texts any more.", name=user.name))
        return {one.id: gone for one in conversations}
    return await standing(tenant, conversations, user.zone)


async def standing(tenant: Tenant, conversations: Sequence[Conversation], zone: ZoneInfo) -> Mapping[str, Block]:
    """What closes the composers of these conversations to everybody, by their ids; days are those of `zone`."""
    unknown = await _without_consent(tenant, conversations)
    found = {}
    for conversation in conversations:
        block = _forbidden(conversation, zone) or unknown.get(conversation.id) or _unpaid(conversation)
        if block is not None:
            found[conversation.id] = block
    return found


def _forbidden(conversation: Conversation, zone: ZoneInfo) -> Block | None:
    if conversation.opted_out_at is not None:
        day = moments.date_words(conversation.opted_out_at.astimezone(zone))
        said = {"name": conversation.first_name, "day": day}
        if conversation.opt_out_presumed:
            words = _("%(name)s seems to have asked for no more texts on %(day)s. Read it and decide.", **said)
            return Block(Kind.PRESUMED, words)
        words = _("%(name)s opted out on %(day)s. Nobody here can text this number until %(name)s sends START.", **said)
        return Block(Kind.OPTED_OUT, words)
    if not conversation.candidate_number.lstrip("+").isdecimal():
        return Block(Kind.NO_NUMBER, _("This sender is a name, not a number. It cannot receive texts."))
    return None


def _unpaid(conversation: Conversation) -> Block | None:
    return None if conversation.has_segments else Block(Kind.NO_SEGMENTS, balance.NONE_LEFT)


async def _without_consent(tenant: Tenant, conversations: Sequence[Conversation]) -> Mapping[str, Block]:
    """Those whose company asks for consent, that nobody gave and in which the candidate never wrote."""
    asked = [one for one in conversations if one.needs_consent]
    if not asked:
        return {}
    known = await consents.standing(tenant, {one.candidate_number for one in asked})
    unknown = [one.id for one in asked if one.candidate_number not in known]
    written = await _written_to_us(tenant, unknown)
    return {
        one.id: Block(Kind.NO_CONSENT, _no_consent(one))
        for one in asked
        if (not known[one.candidate_number].given if one.candidate_number in known else one.id not in written)
    }


def _no_consent(conversation: Conversation) -> str:
    return _(
        "No consent to texts is on file for %(name)s. Write it down first, or wait until %(name)s writes.",
        name=conversation.first_name,
    )


async def _written_to_us(tenant: Tenant, conversation_ids: Sequence[str]) -> set[str]:
    if not conversation_ids:
        return set()
    rows = await tenant.fetch_all(
        select(messages.c.conversation_id)
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.conversation_id.in_(sorted(conversation_ids)),
            messages.c.direction == "in",
        )
        .distinct()
    )
    return {row.conversation_id for row in rows}
