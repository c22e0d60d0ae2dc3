"""Texts that come in at the same time, stored together: one statement and one commit for all that wait.

A statement of its own for each of them would cost ten times the database's time and ours. It takes what is plain: a
text to a number that is ours, in a conversation that exists and that nobody is writing to at this moment, without a
word such as STOP. Every other text goes the long way (`inbound.store`), which this one falls back to and agrees with.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import text

from inbox.errors import Unavailable
from inbox.messaging import conversations, inbound, opt_outs
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage import events
from inbox.storage.columns import new_id
from inbox.storage.database import Database
from providers.contract import IncomingSms

_log = structlog.stdlib.get_logger(__name__)

MOST_AT_ONCE = 64
"""Texts in one statement."""
MOST_STATEMENTS = 2
"""Under way at the same time in a process."""

# The rows are locked in one order everywhere: conversations, then counters, here those of lower numbers first. A
# conversation that somebody holds is passed over, so no text waits for another one's conversation. All times are read
# after the locks were taken, so that in a thread and in the log they rise with the numbers. A repeat is left out here,
# so that it does not undo the others; the unique key decides all the same.
_STORED = text("""
with told as (
  select * from unnest(
    cast(:organisations as bigint[]), cast(:accounts as uuid[]), cast(:seals as bytea[]), cast(:old_seals as bytea[]),
    cast(:recipients as text[]), cast(:senders as text[]), cast(:messages as uuid[]), cast(:provider_ids as text[]),
    cast(:bodies as text[]), cast(:raw_bodies as bytea[]), cast(:lines as text[]), cast(:segments as integer[]),
    cast(:media as integer[])
  ) with ordinality as one (
    organisation_id, account_id, seal, old_seal, recipient, sender, message_id, provider_id, body, raw_body, line,
    segments, media, place
  )
),
held as materialized (
  select told.*, conversation.id as conversation_id
  from told
  join provider_accounts account
    on account.organisation_id = told.organisation_id and account.id = told.account_id
    and account.auth_token = told.seal and account.previous_auth_token is not distinct from told.old_seal
  join company_numbers number
    on number.organisation_id = told.organisation_id and number.number = told.recipient
  cross join lateral (
    select id from conversations
    where organisation_id = told.organisation_id and company_number_id = number.id and candidate_number = told.sender
    for no key update skip locked
  ) as conversation
  where not exists (
    select from messages
    where organisation_id = told.organisation_id and provider_account_id = told.account_id
      and provider_message_id = told.provider_id
  )
),
moment as materialized (
  select clock_timestamp() as now from (select count(*) from held) as all_held
),
written as (
  update conversations as conversation
  set last_message_at = moment.now, last_message_id = held.message_id, last_text = held.line, last_author = null,
    first_message_at = least(conversation.first_message_at, moment.now),
    waiting_since = least(conversation.waiting_since, moment.now),
    unread = conversation.unread + 1,
    version = conversation.version + case when conversation.closed_at is null then 0 else 1 end,
    closed_at = null, closed_by_id = null
  from held cross join moment
  where conversation.organisation_id = held.organisation_id and conversation.id = held.conversation_id
  returning held.*, moment.now
),
counter as materialized (
  select organisation_id, seq from event_counters
  where organisation_id in (select organisation_id from written)
  order by organisation_id
  for no key update
),
numbered as materialized (
  select written.*,
    counter.seq + row_number() over (partition by written.organisation_id order by written.place) as seq
  from written join counter on counter.organisation_id = written.organisation_id
),
counted as (
  update event_counters set seq = newest.seq
  from (select organisation_id, max(seq) as seq from numbered group by organisation_id) as newest
  where event_counters.organisation_id = newest.organisation_id
),
announced as (
  insert into events (organisation_id, seq, kind, conversation_id, message_id, at)
  select organisation_id, seq, 'message.added', conversation_id, message_id, now from numbered
)
insert into messages (
  organisation_id, id, conversation_id, direction, body, raw_body, status, rank, segments, media_count,
  provider_account_id, provider_message_id, seq, at
)
select organisation_id, message_id, conversation_id, 'in', body, raw_body, 'received', 6, segments, media,
  account_id, provider_id, seq, now
from numbered
returning id
""")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A text, the account it came to, and whoever waits to hear whether it was stored."""

    account: ProviderAccount
    sms: IncomingSms
    message_id: str = field(default_factory=new_id)
    is_stored: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def conversation(self) -> tuple[int, str, str]:
        return self.account.organisation_id, self.sms.recipient, self.sms.sender


class Intake:
    """One for a web process. It never waits for more texts: others gather while some are being stored."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._busy: set[tuple[int, str, str]] = set()
        self._statements: set[asyncio.Task[None]] = set()

    async def store(self, account: ProviderAccount, sms: IncomingSms) -> bool:
        """Store a live text, once; False when it has to go the long way. Raises Unavailable.

        True means that it is committed, in an organisation in which `account` still stands as it is given here.
        """
        if self._database.dialect != "postgresql" or opt_outs.keyword(sms) is not None:
            return False
        if len(sms.sender) > inbound.LONGEST_SENDER:
            return False
        waiting = _Waiting(account, sms)
        self._waiting.append(waiting)
        self._begin()
        return await waiting.is_stored

    def _begin(self) -> None:
        while len(self._statements) < MOST_STATEMENTS and (some := self._next()):
            task = asyncio.create_task(self._store(some), name="intake")
            self._statements.add(task)
            task.add_done_callback(self._statements.discard)

    def _next(self) -> list[_Waiting]:
        """Those whose turn it is: of each conversation one, so that its texts are numbered in the order they came."""
        chosen: list[_Waiting] = []
        later: list[_Waiting] = []
        while self._waiting and len(chosen) < MOST_AT_ONCE:
            waiting = self._waiting.popleft()
            if waiting.is_stored.done():  # nobody waits any more
                continue
            if waiting.conversation in self._busy:
                later.append(waiting)
            else:
                self._busy.add(waiting.conversation)
                chosen.append(waiting)
        self._waiting.extendleft(reversed(later))
        return chosen

    async def _store(self, some: Sequence[_Waiting]) -> None:
        try:
            stored = await self._stored(some)
        except Unavailable as error:
            _tell(some, error)
        except Exception:
            _log.exception("texts could not be stored together", texts=len(some))
            _tell(some, set())
        else:
            _tell(some, stored)
        self._busy.difference_update(waiting.conversation for waiting in some)
        self._statements.discard(asyncio.current_task())
        self._begin()

    async def _stored(self, some: Sequence[_Waiting]) -> set[str]:
        """The ids of those that are committed now."""
        rows = await self._database.fetch_all(_STORED, _columns(some))
        events.announce(self._database, {waiting.account.organisation_id for waiting in some})
        return {row[0] for row in rows}


def _columns(some: Sequence[_Waiting]) -> dict[str, list[object]]:
    return {
        "organisations": [one.account.organisation_id for one in some],
        "accounts": [one.account.id for one in some],
        "seals": [one.account.seals[0] for one in some],
        "old_seals": [one.account.seals[1] for one in some],
        "recipients": [one.sms.recipient for one in some],
        "senders": [one.sms.sender for one in some],
        "messages": [one.message_id for one in some],
        "provider_ids": [one.sms.provider_message_id for one in some],
        "bodies": [one.sms.body for one in some],
        "raw_bodies": [one.sms.raw_body for one in some],
        "lines": [conversations.line_of(inbound.shown(one.sms)) for one in some],
        "segments": [one.sms.segments for one in some],
        "media": [len(one.sms.media) for one in some],
    }


def _tell(some: Sequence[_Waiting], outcome: set[str] | Unavailable) -> None:
    for waiting in some:
        if waiting.is_stored.done():  # nobody waits any more
            continue
        if isinstance(outcome, Unavailable):
            waiting.is_stored.set_exception(outcome)
        else:
            waiting.is_stored.set_result(waiting.message_id in outcome)
