"""Answers a text on the chatbot number, exactly once: what is said and where the dialogue stands commit together.

The answer's id is made of the text's, and a session remembers the last text that it answered, so a job that runs twice
finds it done. One text is answered after the other, and each time the conversation is held.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from inbox import clock
from inbox.automation import (
    chatbot_dialogue,
    chatbot_filling,
    chatbot_intents,
    chatbot_sessions,
    chatbot_turns,
    chatbot_words,
)
from inbox.automation.chatbot_dialogue import Dialogue, Turn
from inbox.automation.chatbot_intents import Intent
from inbox.automation.chatbot_scripts import CONSENT, HANDOVER
from inbox.automation.chatbot_sessions import Session
from inbox.automation.chatbot_turns import Heard
from inbox.candidates import consents
from inbox.languages import _, ngettext
from inbox.messaging import conversations, messages
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import messages as message_rows

QUIET = timedelta(hours=24)
"""So long after a person wrote, or was needed, only people answer. A text that comes later than that is theirs, too."""
FORGOTTEN = timedelta(days=30)
"""Who has not been here for so long is told again what can be done."""
CHOICES = _("You can text one of these words:")
MOST_CHOICES = 9


async def answer(tenant: Tenant, job: Job) -> None:
    """Answer the text that the job is about, or leave it to people; nothing when that was done before."""
    found = await messages.by_ids(tenant, [job.subject])
    if not found:
        return
    message = found[0]
    if message.event == "opted_in":  # to which the provider answers
        return
    async with tenant.transaction():
        conversation = await conversations.find(tenant, message.conversation_id, lock=True)
        heard = Heard(conversation, message)
        session = await chatbot_sessions.latest(tenant, conversation.id)
        if session is not None and session.heard_seq >= message.seq:
            return
        if session is not None and session.is_open and await _is_over(tenant, heard, session):
            session = await chatbot_sessions.find(tenant, session.id)
        if session is None or not session.is_open:
            await _first(tenant, heard, session)
        elif session.intent_id is None or session.version is None:
            await _chosen(tenant, heard, session)
        else:
            await _go_on(tenant, heard, session, session.intent_id, session.version)


async def give_up(tenant: Tenant, session_id: str) -> Postponed | None:
    """End a session in which nobody has written for so long; None when there is nothing left to do."""
    session = await chatbot_sessions.find(tenant, session_id)
    if session is None:
        return None
    async with tenant.transaction():
        conversation = await conversations.find(tenant, session.conversation_id, lock=True)
        session = await chatbot_sessions.find(tenant, session_id)
        if session is None or not session.is_open:
            return None
        hours = await _hours(tenant, session)
        left = (session.heard_at + timedelta(hours=hours) - clock.now()).total_seconds()
        if left > 0:
            return Postponed(left)
        await chatbot_turns.drop(tenant, conversation, session, _silence(hours))
    return None


async def _is_over(tenant: Tenant, heard: Heard, session: Session) -> bool:
    """Whether this text, a STOP or time has ended an open session; it is ended then."""
    if heard.message.event == "opted_out":
        await chatbot_turns.drop(tenant, heard.conversation, session, _("they opted out"))
        return True
    hours = await _hours(tenant, session)
    if heard.message.at - session.heard_at < timedelta(hours=hours):
        return False
    await chatbot_turns.drop(tenant, heard.conversation, session, _silence(hours))
    return True


async def _first(tenant: Tenant, heard: Heard, before: Session | None) -> None:
    """A text while nothing is talked about: the keyword of an intent, or words that people read."""
    now, last = clock.now(), await _last_by_a_person(tenant, heard)
    if heard.message.event is not None or now - heard.message.at > QUIET:
        return
    handed = before.ended_at if before is not None and before.state == "handed" else None
    if any(at is not None and now - at < QUIET for at in (last, handed)):
        return
    intents = await chatbot_intents.active(tenant, heard.conversation.company_id)
    intent = chatbot_intents.chosen(intents, heard.message.body)
    if intent is not None:
        await _begin(tenant, heard, intent)
        return
    known = [at for at in (last, before.begun_at if before else None) if at is not None and now - at < FORGOTTEN]
    if not intents or known or chatbot_words.command(heard.message.body) in ("person", "opt_out"):
        return
    session = await chatbot_sessions.add(
        tenant, heard.conversation.id, intent_id=None, version=None, heard_seq=heard.message.seq
    )
    await chatbot_turns.take(tenant, heard, session, Turn(Dialogue(()), _choices(intents)), hours=24)


async def _chosen(tenant: Tenant, heard: Heard, session: Session) -> None:
    """The text after the list of what can be done; it is said once, then a person is needed."""
    intents = await chatbot_intents.active(tenant, heard.conversation.company_id)
    intent = chatbot_intents.chosen(intents, heard.message.body) or _by_number(intents, heard.message.body)
    if intent is not None:
        await chatbot_sessions.move(tenant, session, state="done", heard_seq=heard.message.seq)
        await _begin(tenant, heard, intent)
        return
    command = chatbot_words.command(heard.message.body)
    reason = {"person": _("they asked for a person"), "opt_out": _("they asked not to be texted")}.get(
        command or "", _("their text named nothing that it can do")
    )
    say = "" if command == "opt_out" else _said(intents, HANDOVER)
    await chatbot_turns.take(tenant, heard, session, Turn(session.dialogue, say, "handed", reason), hours=24)


async def _begin(tenant: Tenant, heard: Heard, intent: Intent) -> None:
    known = await chatbot_filling.known(tenant, heard.conversation, intent)
    session = await chatbot_sessions.add(
        tenant, heard.conversation.id, intent_id=intent.id, version=intent.version, heard_seq=heard.message.seq
    )
    turn = chatbot_dialogue.begin(intent.script, known)
    await chatbot_turns.take(tenant, heard, session, turn, hours=intent.hours, intent=intent)


async def _go_on(tenant: Tenant, heard: Heard, session: Session, intent_id: str, version: int) -> None:
    intent = await chatbot_intents.at_version(tenant, intent_id, version)
    turn = chatbot_dialogue.hear(intent.script, session.dialogue, await chatbot_turns.read(tenant, heard))
    await _keep_consent(tenant, heard, intent, session.dialogue, turn)
    await chatbot_turns.take(tenant, heard, session, turn, hours=intent.hours, intent=intent)


async def _keep_consent(tenant: Tenant, heard: Heard, intent: Intent, before: Dialogue, turn: Turn) -> None:
    """The consent question that this text answers goes into the ledger, in its words and theirs."""
    answers = chatbot_dialogue.answered(intent.script, turn.dialogue)
    if len(answers) <= len(before.answers) or answers[-1][0].fills != CONSENT:
        return
    question, answer = answers[-1]
    words = f"{question.ask} – {heard.message.body.strip()}"[: consents.MOST_WORDS]
    number = heard.conversation.candidate_number
    await consents.record(tenant, number, source="text", words=words, given=answer.value == "Yes")


async def _hours(tenant: Tenant, session: Session) -> int:
    return 24 if session.intent_id is None else (await chatbot_intents.find(tenant, session.intent_id)).hours


async def _last_by_a_person(tenant: Tenant, heard: Heard) -> datetime | None:
    """When a colleague last wrote in this conversation (UTC)."""
    at: datetime | None = await tenant.fetch_val(
        select(func.max(message_rows.c.at)).where(
            message_rows.c.organisation_id == tenant.organisation_id,
            message_rows.c.conversation_id == heard.conversation.id,
            message_rows.c.direction == "out",
            message_rows.c.source == "person",
        )
    )
    return at


def _by_number(intents: Sequence[Intent], text: str) -> Intent | None:
    words = chatbot_words.plain(text)
    place = int(words) - 1 if words.isdecimal() and len(words) == 1 else -1
    return intents[place] if 0 <= place < min(len(intents), MOST_CHOICES) else None


def _choices(intents: Sequence[Intent]) -> str:
    return "\n".join(
        [_said(intents, CHOICES), *(f"{intent.keyword}: {intent.name}" for intent in intents[:MOST_CHOICES])]
    )


def _said(intents: Sequence[Intent], sentence: str) -> str:
    """In the language of the first intent, as none has been chosen yet."""
    return intents[0].script.say(sentence) if intents else sentence


def _silence(hours: int) -> str:
    return ngettext("no answer for %(num)s hour", "no answer for %(num)s hours", hours)
