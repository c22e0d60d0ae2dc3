"""Many reports that a text got on, taken by one statement in one transaction, as `delivery.record` takes one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from inbox.messaging.gathering import NotWanted
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage import events
from inbox.storage.database import Database
from providers.contract import DeliveryReport, DeliveryStatus

# The rows are locked in one order everywhere: conversations, their texts, then counters, those of lower numbers first.
# What somebody holds is passed over, so no report waits for another one's conversation. What was not confirmed counts
# in its conversation, and what the provider has under two ids has a copy to tell of: these go the long way.
_RECORDED = text("""
with told as (
  select * from unnest(
    cast(:organisations as bigint[]), cast(:accounts as uuid[]), cast(:seals as bytea[]), cast(:old_seals as bytea[]),
    cast(:messages as uuid[]), cast(:provider_ids as text[]), cast(:statuses as text[]), cast(:ranks as integer[]),
    cast(:words as text[]), cast(:attempts as integer[])
  ) with ordinality as one (
    organisation_id, account_id, seal, old_seal, message_id, provider_id, status, rank, word, attempt, place
  )
),
held as materialized (
  select told.*, message.conversation_id
  from told
  join provider_accounts account
    on account.organisation_id = told.organisation_id and account.id = told.account_id
    and account.auth_token = told.seal and account.previous_auth_token is not distinct from told.old_seal
  cross join lateral (
    select messages.conversation_id
    from messages join conversations
      on conversations.organisation_id = messages.organisation_id and conversations.id = messages.conversation_id
    where messages.organisation_id = told.organisation_id and messages.id = told.message_id
      and messages.provider_account_id = told.account_id and messages.direction = 'out' and not messages.erased
      and messages.status <> 'unconfirmed'
      and (messages.provider_message_id is null or messages.provider_message_id = told.provider_id)
    for no key update skip locked
  ) as message
),
moment as materialized (
  select clock_timestamp() as now from (select count(*) from held) as all_held
),
advanced as (
  update messages as message
  set status = held.status, rank = held.rank, provider_message_id = held.provider_id, error_code = null,
    sent_at = case when held.status = 'sent' then moment.now else message.sent_at end,
    delivered_at = case when held.status = 'delivered' then moment.now else message.delivered_at end
  from held cross join moment
  where message.organisation_id = held.organisation_id and message.id = held.message_id
    and message.rank < held.rank and message.status not in ('failed', 'undelivered', 'canceled')
    and message.since_attempt <= held.attempt
  returning held.organisation_id, held.message_id, held.conversation_id, held.place
),
counter as materialized (
  select organisation_id, seq from event_counters
  where organisation_id in (select organisation_id from advanced)
  order by organisation_id
  for no key update
),
numbered as materialized (
  select advanced.*,
    counter.seq + row_number() over (partition by advanced.organisation_id order by advanced.place) as seq
  from advanced join counter on counter.organisation_id = advanced.organisation_id
),
counted as (
  update event_counters set seq = total.seq
  from (select organisation_id, max(seq) as seq from numbered group by organisation_id) as total
  where event_counters.organisation_id = total.organisation_id
),
announced as (
  insert into events (organisation_id, seq, kind, conversation_id, message_id, at)
  select organisation_id, seq, 'message.changed', conversation_id, message_id, moment.now
  from numbered cross join moment
),
logged as (
  insert into message_status_log (organisation_id, message_id, status, error_code, applied, provider_message_id)
  select held.organisation_id, held.message_id, held.word, 0, numbered.seq is not null, held.provider_id
  from held left join numbered
    on numbered.organisation_id = held.organisation_id and numbered.message_id = held.message_id
  order by held.place
)
select held.message_id as id, held.organisation_id, numbered.seq is not null as applied
from held left join numbered
  on numbered.organisation_id = held.organisation_id and numbered.message_id = held.message_id
""")


@dataclass(frozen=True, slots=True)
class Reported:
    """A plain report, the account it came to, and the attempt that it is on."""

    account: ProviderAccount
    report: DeliveryReport
    attempt: int

    @property
    def message_id(self) -> str:
        """The text that it is on."""
        return self.report.message_id or ""

    @property
    def lane(self) -> tuple[int, str]:
        """The text: its reports are taken in the order they came."""
        return self.account.organisation_id, self.message_id


def is_plain(report: DeliveryReport) -> bool:
    """Whether it names its text by our own id and says that it got on, with nothing to explain or to count."""
    status = report.status
    return (
        report.message_id is not None
        and report.error_code is None
        and status is not None
        and DeliveryStatus.ACCEPTED.rank <= status.rank <= DeliveryStatus.DELIVERED.rank
        and not status.is_failure
    )


async def record(database: Database, some: Sequence[Reported], is_wanted: Callable[[], bool]) -> set[str]:
    """Take plain reports on texts of any organisations; the ids of the texts, when it is committed.

    Left out are those on texts that are not known, not confirmed, erased or held by somebody, and those for accounts
    that do not stand as given. No two may be on one text. `is_wanted` is asked before the commit: when it says no,
    NotWanted undoes all. PostgreSQL only.
    """
    async with database.transaction():
        rows = await database.fetch_all(_RECORDED, _columns(some))
        events.mark(database, {row.organisation_id for row in rows if row.applied})
        if not is_wanted():
            raise NotWanted
    return {row[0] for row in rows}


def _columns(some: Sequence[Reported]) -> dict[str, object]:
    # Of those that are plain none is without a status.
    statuses = [one.report.status or DeliveryStatus.ACCEPTED for one in some]
    return {
        "organisations": [one.account.organisation_id for one in some],
        "accounts": [one.account.id for one in some],
        "seals": [one.account.seals[0] for one in some],
        "old_seals": [one.account.seals[1] for one in some],
        "messages": [one.message_id for one in some],
        "provider_ids": [one.report.provider_message_id for one in some],
        "statuses": [str(status) for status in statuses],
        "ranks": [status.rank for status in statuses],
        "words": [one.report.raw_status[:32] for one in some],
        "attempts": [one.attempt for one in some],
    }
