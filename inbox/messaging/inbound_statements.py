"""The two statements that store many texts that came in; PostgreSQL only."""

from sqlalchemy import text

# The rows are locked in one order everywhere: conversations and what is searched of them, then counters, here those of
# lower numbers first. A conversation that somebody holds is passed over, so no text waits for another one's. All times
# are read after the locks were taken, so that in a thread and in the log they rise with the numbers. A repeat is left
# out here, so that it does not undo the others; the unique key decides all the same.
STORED = text("""
with told as (
  select * from unnest(
    cast(:organisations as bigint[]), cast(:accounts as uuid[]), cast(:seals as bytea[]), cast(:old_seals as bytea[]),
    cast(:recipients as text[]), cast(:senders as text[]), cast(:messages as uuid[]), cast(:provider_ids as text[]),
    cast(:bodies as text[]), cast(:raw_bodies as bytea[]), cast(:lines as text[]), cast(:segments as integer[]),
    cast(:media as integer[]), cast(:kept_since as timestamptz[]), cast(:hashes as text[])
  ) with ordinality as one (
    organisation_id, account_id, seal, old_seal, recipient, sender, message_id, provider_id, body, raw_body, line,
    segments, media, kept_since, hashes, place
  )
),
held as materialized (
  select told.*, conversation.id as conversation_id, conversation.company_id, conversation.last_message_at
  from told
  join provider_accounts account
    on account.organisation_id = told.organisation_id and account.id = told.account_id
    and account.auth_token = told.seal and account.previous_auth_token is not distinct from told.old_seal
  join company_numbers number
    on number.organisation_id = told.organisation_id and number.number = told.recipient
    and number.purpose <> 'chatbot'
  cross join lateral (
    select conversations.id, conversations.company_id, conversations.candidate_id, conversations.assignee_id,
      conversations.last_message_at
    from conversations join search_documents document
      on document.organisation_id = conversations.organisation_id and document.conversation_id = conversations.id
    where conversations.organisation_id = told.organisation_id and conversations.company_number_id = number.id
      and conversations.candidate_number = told.sender
    for no key update skip locked
  ) as conversation
  where (told.kept_since is null or told.kept_since > account.created_at)
  and not exists (
    select from erased_numbers
    where organisation_id = told.organisation_id and number_hash = any (string_to_array(told.hashes, ' '))
      and at >= told.kept_since
  )
  and not exists (
    select from dead_numbers where organisation_id = told.organisation_id and number = told.sender
  )
  and not exists (
    select from users
    where organisation_id = told.organisation_id and id = conversation.assignee_id and deactivated_at is not null
  )
  and not exists (
    select from workflow_executions
    where organisation_id = told.organisation_id and candidate_id = conversation.candidate_id
      and state in ('running', 'waiting')
  )
  and not exists (
    select from workflows
    where organisation_id = told.organisation_id and trigger = 'keyword' and state = 'active'
  )
  and not exists (
    select from messages
    where organisation_id = told.organisation_id and provider_account_id = told.account_id
      and provider_message_id = told.provider_id
  )
),
moment as materialized (
  select clock_timestamp() as now from (select count(*) from held) as all_held
),
timed as materialized (
  select held.*, moment.now, coalesce(held.kept_since, moment.now) as at,
    coalesce(held.kept_since < held.last_message_at, false) as is_overtaken,
    case when held.kept_since < held.last_message_at then held.last_message_at
      else coalesce(held.kept_since, moment.now) end as last_at
  from held cross join moment
),
written as (
  update conversations as conversation
  set last_message_at = timed.last_at,
    last_message_id = case when is_overtaken then conversation.last_message_id else timed.message_id end,
    last_text = case when is_overtaken then conversation.last_text else timed.line end,
    last_author = case when is_overtaken then conversation.last_author end,
    first_message_at = least(conversation.first_message_at, timed.at),
    waiting_since = case when conversation.opted_out_at is null or conversation.opt_out_presumed
      then least(conversation.waiting_since, timed.at) end,
    unread = conversation.unread + 1,
    version = conversation.version
      + case when conversation.closed_at is null and conversation.snoozed_until is null then 0 else 1 end,
    closed_at = null, closed_by_id = null, snoozed_until = null
  from timed
  where conversation.organisation_id = timed.organisation_id and conversation.id = timed.conversation_id
  returning timed.*
),
purse as materialized (
  select organisation_id, balance from segment_balances
  where organisation_id in (select organisation_id from written)
  order by organisation_id
  for no key update
),
counter as materialized (
  select organisation_id, seq from event_counters
  where organisation_id in (select organisation_id from purse)
  order by organisation_id
  for no key update
),
numbered as materialized (
  select written.*,
    counter.seq + row_number() over (partition by written.organisation_id order by written.place) as seq
  from written join counter on counter.organisation_id = written.organisation_id
),
total as materialized (
  select organisation_id, max(seq) as seq, sum(segments) as segments from numbered group by organisation_id
),
emptied as materialized (
  select total.organisation_id, total.seq + 1 as seq
  from total join purse on purse.organisation_id = total.organisation_id
  where purse.balance > 0 and purse.balance <= total.segments
),
counted as (
  update event_counters set seq = coalesce(emptied.seq, total.seq)
  from total left join emptied on emptied.organisation_id = total.organisation_id
  where event_counters.organisation_id = total.organisation_id
),
spent as (
  update segment_balances as now set balance = now.balance - total.segments
  from total where now.organisation_id = total.organisation_id
),
billed as (
  insert into segment_log (organisation_id, kind, segments, balance, message_id, at)
  select numbered.organisation_id, 'received', -numbered.segments,
    purse.balance
      - sum(numbered.segments) over (partition by numbered.organisation_id order by numbered.place),
    numbered.message_id, clock_timestamp()
  from numbered join purse on purse.organisation_id = numbered.organisation_id
  order by numbered.organisation_id, numbered.place
),
announced as (
  insert into events (organisation_id, seq, kind, conversation_id, message_id, at)
  select organisation_id, seq, 'message.added', conversation_id, message_id, now from numbered
  union all
  select emptied.organisation_id, emptied.seq, 'balance.changed', null, null, moment.now
  from emptied cross join moment
),
added as (
  insert into messages (
    organisation_id, id, conversation_id, company_id, direction, body, raw_body, status, rank, segments, media_count,
    provider_account_id, provider_message_id, recovered_at, seq, at
  )
  select organisation_id, message_id, conversation_id, company_id, 'in', body, raw_body, 'received', 6, segments, media,
    account_id, provider_id,
    case when is_overtaken or now - kept_since >= cast(:late as interval) then now end, seq, at
  from numbered
)
select message_id as id, conversation_id, at, last_at from numbered
""")

DOCUMENTED = text("""
update search_documents
set recency = told.recency,
  words = search_documents.words
    || case when length(search_documents.words) > :most_letters then '' else told.line end,
  marks = search_documents.marks || case when strpos(search_documents.marks, told.day) > 0 then '' else told.days end
from unnest(
  cast(:organisations as bigint[]), cast(:conversations as uuid[]), cast(:lines as text[]), cast(:days as text[]),
  cast(:every_days as text[]), cast(:recencies as text[])
) as told (organisation_id, conversation_id, line, day, days, recency)
where search_documents.organisation_id = told.organisation_id
  and search_documents.conversation_id = told.conversation_id
""")
