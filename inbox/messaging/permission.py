"""May this text go out? One answer for every way that leads to a candidate's phone.

Every way asks here, with the conversations held, so that no rule is forgotten on one of them. What forbids a text is
refused. What only makes this a wrong moment asks a person for a reason, which is kept, and holds everything else.
"""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select

from inbox import clock
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.billing import balance
from inbox.candidates import consents
from inbox.errors import NotFound, Refused
from inbox.languages import _, moments
from inbox.messaging import timing
from inbox.messaging.blocks import OF_PEOPLE, Asked, Block, Held, Kind, Path
from inbox.messaging.conversations import Conversation
from inbox.provisioning import company_numbers
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.database import Tenant
from inbox.storage.tables import messages

MOST_REASON = 200
"""Characters of a reason."""


NO_SENDER = Block(
    Kind.NO_SENDER, _("There is no number to text from yet. An admin has to choose one under Settings, Company.")
)


async def sender(tenant: Tenant, *, company_id: str | None, user_id: str | None = None) -> CompanyNumber:
    """What a new conversation is texted from, by a user or by the company alone. Raises Refused when there is none.

    Who has a conversation already has its number, which goes on serving it.
    """
    try:
        if user_id is None:
            return await company_numbers.first(tenant, company_id=company_id)
        return await company_numbers.of_sender(tenant, user_id, company_id=company_id)
    except NotFound:
        raise Refused(NO_SENDER.sentence) from None


async def check(tenant: Tenant, user: User, conversation: Conversation, path: Path, *, reason: str = "") -> str | None:
    """Raise what keeps a text of `user` from going out here on this way; the reason that was needed, else None.

    Raises Refused, Asked when a `reason` has to be given, and Held when it may go out later by itself.
    """
    block = (await blocks(tenant, user, [conversation], path)).get(conversation.id)
    if block is None:
        return None
    if block.until is None:
        raise Refused(block.sentence)
    if path not in OF_PEOPLE:
        raise Held(block.sentence, block.until)
    said = " ".join(reason.split())[:MOST_REASON]
    if not said:
        raise Asked(block)
    return said


async def blocks(tenant: Tenant, user: User, conversations: Sequence[Conversation], path: Path) -> Mapping[str, Block]:
    """What stands against a text of `user` on this way, by the ids of the conversations; others are free."""
    if user.deactivated or not user.may(Act.REPLY):
        gone = Block(Kind.SENDER_GONE, _("%(name)s cannot send texts any more.", name=user.name))
        return {one.id: gone for one in conversations}
    found = await standing(tenant, conversations, user.zone)
    if path == "schedule":  # the hour is looked at when it is due
        return found
    free = [one for one in conversations if one.id not in found]
    return {**found, **await timing.blocks(tenant, free, path, home=user.zone, now=clock.now())}


async def answer(tenant: Tenant, conversation: Conversation) -> Block | None:
    """What stands against an answer that nobody writes, the chatbot's, to a text of this moment.

    Whoever has just texted is awake and is answered: consent is what the answer may ask for.
    """
    block = (await standing(tenant, [conversation], ZoneInfo("UTC"))).get(conversation.id)
    return None if block is None or block.kind is Kind.NO_CONSENT else block


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
    if conversation.erased_at is not None:
        day = moments.date_words(conversation.erased_at.astimezone(zone))
        return Block(
            Kind.ERASED, _("Everything personal was removed on %(day)s. Nobody can text here any more.", day=day)
        )
    if conversation.opted_out_at is not None:
        day = moments.date_words(conversation.opted_out_at.astimezone(zone))
        said = {"name": conversation.first_name, "day": day}
        if conversation.opt_out_presumed:
            words = _("%(name)s seems to have asked for no more texts on %(day)s. Read it and decide.", **said)
            return Block(
                Kind.PRESUMED, words, without_name=_("Seems to have asked for no more texts on %(day)s.", day=day)
            )
        words = _("%(name)s opted out on %(day)s. Nobody here can text this number until %(name)s sends START.", **said)
        return Block(Kind.OPTED_OUT, words, without_name=_("Opted out on %(day)s.", day=day))
    if not conversation.candidate_number.lstrip("+").isdecimal():
        return Block(Kind.NO_NUMBER, _("This sender is a name, not a number. It cannot receive texts."))
    if conversation.dead == "landline":
        return Block(Kind.DEAD_NUMBER, _("This number is a landline and takes no texts. Call, or add a mobile number."))
    if conversation.dead is not None:
        return Block(Kind.DEAD_NUMBER, _("This number is not in service. Add another one to text this candidate."))
    return None


def _unpaid(conversation: Conversation) -> Block | None:
    return None if conversation.has_segments else Block(Kind.NO_SEGMENTS, balance.NONE_LEFT)


async def _without_consent(tenant: Tenant, conversations: Sequence[Conversation]) -> Mapping[str, Block]:
    """Those whose company asks for consent, that nobody gave and in which the candidate never wrote."""
    asked = [one for one in conversations if one.rules.needs_consent]
    if not asked:
        return {}
    known = await consents.standing(tenant, {one.candidate_number for one in asked})
    unknown = [one.id for one in asked if one.candidate_number not in known]
    written = await _written_to_us(tenant, unknown)
    return {
        one.id: _no_consent(one)
        for one in asked
        if (not known[one.candidate_number].given if one.candidate_number in known else one.id not in written)
    }


def _no_consent(conversation: Conversation) -> Block:
    words = _(
        "No consent to texts is on file for %(name)s. Write it down first, or wait until %(name)s writes.",
        name=conversation.first_name,
    )
    return Block(Kind.NO_CONSENT, words, without_name=_("No consent to texts is on file."))


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
