"""What a candidate was sent in the last days, by anybody: whoever texts sees what colleagues and automation sent."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select

from inbox.languages import _, ngettext
from inbox.messaging import chatbot_hold
from inbox.storage.columns import db_later
from inbox.storage.database import Tenant
from inbox.storage.sight import seen
from inbox.storage.tables import conversations, messages
from providers.contract import DeliveryStatus

DAYS = 7
_NOT_SENT = sorted(one.value for one in DeliveryStatus if one.is_failure or one is DeliveryStatus.DISCARDED)


async def sent(tenant: Tenant, candidate_id: str) -> Sequence[str]:
    """How many texts were sent from where, most first: "2 from Jo", "1 workflow"; without those that failed."""
    theirs = select(conversations.c.id).where(
        conversations.c.organisation_id == tenant.organisation_id,
        conversations.c.candidate_id == candidate_id,
        *seen(tenant),
    )
    rows = await tenant.fetch_all(
        select(messages.c.source, messages.c.author, func.count().label("number"))
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.conversation_id.in_(theirs),
            messages.c.at >= db_later(-86_400 * DAYS),
            messages.c.direction == "out",
            messages.c.status.not_in(_NOT_SENT),
        )
        .group_by(messages.c.source, messages.c.author)
    )
    numbers: Counter[tuple[str, str]] = Counter()
    for row in rows:
        numbers[row.source, row.author or "" if row.source == "person" else ""] += row.number
    return [_words(number, *where) for where, number in sorted(numbers.items(), key=lambda item: (-item[1], item[0]))]


def _words(number: int, source: str, author: str) -> str:
    if source == "person":
        return _("%(number)s from %(name)s", number=number, name=author.partition(" ")[0] or _("a colleague"))
    match source:
        case "campaign":
            return ngettext("%(num)s campaign", "%(num)s campaigns", number)
        case "workflow":
            return ngettext("%(num)s workflow", "%(num)s workflows", number)
        case "chatbot":
            return _("%(number)s from %(name)s", number=number, name=chatbot_hold.AUTHOR)
    return f"{number} {source}"
