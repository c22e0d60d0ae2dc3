"""A text's turn among those of its company number, so that we hand over no faster than the networks take.

Source of the rates: https://support.twilio.com/hc/en-us/articles/115002943027-Understanding-Twilio-Rate-Limits-and-Message-Queues
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Float, bindparam, case, select

from inbox.messaging.messages import Message
from inbox.storage.columns import db_now, db_plus
from inbox.storage.database import Tenant
from inbox.storage.tables import company_numbers, messages
from providers.contract import DeliveryStatus

BURST_SECONDS = 30.0
"""How far ahead of its turn a text is handed over: the provider has a queue too."""


@dataclass(frozen=True, slots=True)
class Turn:
    """When it is a text's turn, and the moment of asking, both UTC by the database's clock."""

    at: datetime
    now: datetime

    @property
    def seconds(self) -> float:
        """Until it may be handed over; 0 when it may be now."""
        ahead = (self.at - self.now).total_seconds()
        return ahead if ahead > BURST_SECONDS else 0.0


_NOW = select(db_now())
_free = case((company_numbers.c.busy_until > db_now(), company_numbers.c.busy_until), else_=db_now())
_RESERVED = (
    company_numbers.update()
    .where(
        company_numbers.c.organisation_id == bindparam("organisation"),
        company_numbers.c.id == bindparam("number"),
    )
    .values(busy_until=db_plus(_free, bindparam("segments", type_=Float()) / company_numbers.c.segments_per_second))
    .returning(company_numbers.c.busy_until, company_numbers.c.segments_per_second, db_now().label("now"))
)


async def of(tenant: Tenant, message: Message, company_number_id: str) -> Turn:
    """The turn of a queued text, reserved when it is first asked for.

    One that has to wait keeps its turn, so a hundred waiting texts are looked at a hundred times, not each other's.
    """
    if message.send_after is not None:
        return Turn(message.send_after, await tenant.fetch_val(_NOW))
    values = {
        "organisation": tenant.organisation_id,
        "number": company_number_id,
        "segments": float(message.segments),
    }
    reserved = await tenant.fetch_one(_RESERVED, values)
    if reserved is None:
        raise LookupError("a conversation without its company number")
    took = timedelta(seconds=message.segments / reserved.segments_per_second)
    turn = Turn(reserved.busy_until - took, reserved.now)
    if turn.seconds:
        await tenant.execute(
            messages.update()
            .where(
                messages.c.organisation_id == tenant.organisation_id,
                messages.c.id == message.id,
                messages.c.status == DeliveryStatus.QUEUED,
                messages.c.attempt == message.attempt,
            )
            .values(send_after=turn.at)
        )
    return turn
