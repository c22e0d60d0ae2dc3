"""One candidate's dialogue with Text Engage: where it stands, what was answered, how it ended."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, func, insert, select, update

from inbox.automation import chatbot_dialogue, chatbot_scripts
from inbox.automation.chatbot_dialogue import Answer, Dialogue
from inbox.automation.chatbot_scripts import Question, Script
from inbox.languages import _, gathered, known, stored
from inbox.messaging.conversations import named
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.sight import in_seen, seen
from inbox.storage.tables import candidates, chatbot_versions, conversations
from inbox.storage.tables import chatbot_sessions as table
from providers import phone

State = Literal["open", "done", "handed", "dropped"]
STATE_WORDS: Mapping[State, str] = {
    "open": _("Talking"),
    "done": _("Finished"),
    "handed": _("Handed over"),
    "dropped": _("Dropped"),
}
PAGE = 50


@dataclass(frozen=True, slots=True)
class Session:
    """`intent_id` None: they were asked what it is about. `heard_seq`: the event of the last text it answered."""

    id: str
    conversation_id: str
    intent_id: str | None
    version: int | None
    state: State
    reason: str
    dialogue: Dialogue
    heard_seq: int
    heard_at: datetime
    begun_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether the next text is for it."""
        return self.state == "open"

    @property
    def words(self) -> str:
        """Its state, with the reason."""
        return gathered([STATE_WORDS[self.state], *([self.reason] if self.reason else [])], ": ")


@dataclass(frozen=True, slots=True)
class Talk:
    """A session for people to read: with whom, and what was answered to what."""

    session: Session
    candidate_id: str
    name: str
    answers: Sequence[tuple[Question, Answer]]


async def latest(tenant: Tenant, conversation_id: str) -> Session | None:
    """The last one of a conversation."""
    query = _selected(tenant).where(table.c.conversation_id == conversation_id)
    row = await tenant.fetch_one(query.order_by(table.c.id.desc()).limit(1))
    return None if row is None else _read(row)


async def find(tenant: Tenant, session_id: str) -> Session | None:
    """The session, None when it is not there."""
    row = await tenant.fetch_one(_selected(tenant).where(table.c.id == session_id))
    return None if row is None else _read(row)


async def add(
    tenant: Tenant, conversation_id: str, *, intent_id: str | None, version: int | None, heard_seq: int
) -> Session:
    """A new one, which has answered the text of the event `heard_seq`."""
    row: Any = await tenant.fetch_one(
        insert(table)
        .values(
            organisation_id=tenant.organisation_id,
            id=new_id(),
            conversation_id=conversation_id,
            intent_id=intent_id,
            version=version,
            heard_seq=heard_seq,
        )
        .returning(table)
    )
    return _read(row)


async def move(
    tenant: Tenant,
    session: Session,
    *,
    state: State,
    reason: str = "",
    dialogue: Dialogue | None = None,
    heard_seq: int | None = None,
) -> None:
    """Where it stands now. In a transaction that holds its conversation."""
    values: dict[str, Any] = {"state": state, "reason": stored(reason)}
    if dialogue is not None:
        values["dialogue"] = json.dumps(asdict(dialogue), ensure_ascii=False)
    if heard_seq is not None:
        values |= {"heard_seq": heard_seq, "heard_at": db_now()}
    if state != "open":
        values["ended_at"] = db_now()
    await tenant.execute(
        update(table)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.id == session.id)
        .values(**values)
    )


async def of_intent(
    tenant: Tenant, intent_id: str, *, state: str = "", before: str | None = None, most: int = PAGE
) -> tuple[Sequence[Talk], str | None]:
    """The latest ones of an intent; the id to ask the next page with."""
    query = _talks(tenant).where(table.c.intent_id == intent_id).order_by(table.c.id.desc()).limit(most + 1)
    if state:
        query = query.where(table.c.state == state)
    if before is not None:
        query = query.where(table.c.id < before)
    rows = await tenant.fetch_all(query)
    scripts: dict[int, Script] = {}
    found = [_talk(row, scripts) for row in rows[:most]]
    return found, found[-1].session.id if len(rows) > most else None


async def counts(tenant: Tenant, intent_ids: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    """How many of each intent stand in each state."""
    rows = await tenant.fetch_all(
        select(table.c.intent_id, table.c.state, func.count().label("number"))
        .where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.intent_id.in_(intent_ids),
            *in_seen(tenant, table.c.conversation_id),
        )
        .group_by(table.c.intent_id, table.c.state)
    )
    found: dict[str, dict[str, int]] = {intent_id: {} for intent_id in intent_ids}
    for row in rows:
        found[row.intent_id][row.state] = row.number
    return found


def _selected(tenant: Tenant) -> Select[Any]:
    return select(table).where(table.c.organisation_id == tenant.organisation_id)


def _talks(tenant: Tenant) -> Select[Any]:
    def same(other: Any, column: Any, reference: Any) -> Any:
        return and_(other.c.organisation_id == table.c.organisation_id, column == reference)

    its_version = and_(
        same(chatbot_versions, chatbot_versions.c.intent_id, table.c.intent_id),
        chatbot_versions.c.version == table.c.version,
    )
    return (
        select(
            table,
            conversations.c.candidate_id,
            conversations.c.candidate_number,
            named.label("name"),
            chatbot_versions.c.script,
        )
        .join(conversations, same(conversations, conversations.c.id, table.c.conversation_id))
        .join(candidates, same(candidates, candidates.c.id, conversations.c.candidate_id))
        .join(chatbot_versions, its_version)
        .where(table.c.organisation_id == tenant.organisation_id, *seen(tenant))
    )


def _talk(row: Any, scripts: dict[int, Script]) -> Talk:
    session = _read(row)
    if row.version not in scripts:
        scripts[row.version] = chatbot_scripts.read(row.script)
    answers = chatbot_dialogue.answered(scripts[row.version], session.dialogue)
    return Talk(session, row.candidate_id, row.name or phone.readable(row.candidate_number), answers)


def _read(row: Any) -> Session:
    kept: dict[str, Any] = {"known": (), "answers": (), "tries": 0, "texts": 0} | json.loads(row.dialogue)
    answers = tuple(Answer(**answer) for answer in kept["answers"])
    return Session(
        id=row.id,
        conversation_id=row.conversation_id,
        intent_id=row.intent_id,
        version=row.version,
        state=row.state,
        reason=known(row.reason),
        dialogue=Dialogue(tuple(kept["known"]), answers, kept["tries"], kept["texts"]),
        heard_seq=row.heard_seq,
        heard_at=row.heard_at,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
    )
