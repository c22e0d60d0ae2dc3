"""What can be done at once with all texts that failed for one reason: try them again, or give their numbers up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from inbox.accounts.users import User
from inbox.billing import balance
from inbox.candidates import dead_numbers
from inbox.errors import Changed, NotFound, Refused
from inbox.messaging import conversations, decisions, message_log, messages
from inbox.messaging.message_log import Entry, Log
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations as conversation_rows
from providers.twilio.errors import Failure, FailureAction

AT_ONCE = 100
"""Texts of one press: others of the organisation wait for a moment."""


@dataclass(frozen=True, slots=True)
class Done:
    """How many texts, or numbers, it was done with, and how many texts were left as they are."""

    done: int
    left: int
    numbers: tuple[str, ...] = ()
    """Those that were marked."""


def is_safe_to_retry(failure: Failure) -> bool:
    """Whether trying again may help and cannot send twice."""
    return failure.action is FailureAction.TRY_AGAIN and failure.kind == "temporary"


def is_of_number(failure: Failure) -> bool:
    """Whether the number itself is at fault."""
    return failure.action is FailureAction.CHANGE_NUMBER


async def retry_all(tenant: Tenant, user: User, log: Log) -> Done:
    """A new attempt of each of the newest of these failures, as somebody's press would make it.

    Left are those that nobody may text now, and those that somebody was faster with.
    """
    done = left = 0
    for entry in await _entries(tenant, log):
        failure = entry.message.failure
        if failure is None or not is_safe_to_retry(failure):
            continue
        try:
            await decisions.retry(tenant, user, entry.message.conversation_id, entry.message.id)
            done += 1
        except Refused as error:
            left += 1
            if error.sentence == balance.NONE_LEFT:
                break
        except Changed:
            left += 1
    return Done(done, left)


async def mark_all(tenant: Tenant, user: User, log: Log) -> Done:
    """Mark the numbers of the newest of these failures, so that nobody texts them until that is taken back."""
    codes = {
        entry.number: entry.message.error_code
        for entry in await _entries(tenant, log)
        if entry.message.failure is not None and is_of_number(entry.message.failure)
    }
    for number, code in sorted(codes.items()):
        await _mark(tenant, user, number, code)
    return Done(len(codes), 0, tuple(sorted(codes)))


async def mark(tenant: Tenant, user: User, conversation_id: str, message_id: str) -> str:
    """Mark the number that this text did not reach, and answer it (E.164).

    Raises NotFound, also for a text that failed for another reason than its number.
    """
    conversation = await conversations.find(tenant, conversation_id)
    message = await messages.find(tenant, message_id)
    failure = message.failure
    if message.conversation_id != conversation.id or failure is None or not is_of_number(failure):
        raise NotFound
    await _mark(tenant, user, conversation.candidate_number, message.error_code)
    return conversation.candidate_number


async def _mark(tenant: Tenant, user: User, number: str, code: int | None) -> None:
    async with tenant.transaction():
        await dead_numbers.mark(tenant, number, dead_numbers.reason_of(code), code=code, author=user.name)
        await _tell(tenant, user, number)


async def revive(tenant: Tenant, user: User, conversation_id: str) -> str:
    """The number of this conversation, which is answered, takes texts after all. Raises NotFound."""
    number = (await conversations.find(tenant, conversation_id)).candidate_number
    async with tenant.transaction():
        if await dead_numbers.clear(tenant, number):
            await _tell(tenant, user, number)
    return number


async def _entries(tenant: Tenant, log: Log) -> Sequence[Entry]:
    page = await message_log.page(tenant, replace(log, failed=True), most=AT_ONCE)
    return page.entries


async def _tell(tenant: Tenant, user: User, number: str) -> None:
    rows = await tenant.fetch_all(
        select(conversation_rows.c.id)
        .where(
            conversation_rows.c.organisation_id == tenant.organisation_id,
            conversation_rows.c.candidate_number == number,
        )
        .order_by(conversation_rows.c.id)
    )
    for row in rows:
        await events.record(tenant, EventKind.CANDIDATE_CHANGED, conversation_id=row.id, actor_id=user.id)
