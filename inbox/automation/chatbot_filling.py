"""What a dialogue brought, filled in where nothing was known of the candidate. Each part may be done twice."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from inbox.automation import chatbot_dialogue, chatbot_intents, chatbot_sessions
from inbox.automation.chatbot_dialogue import Answer
from inbox.automation.chatbot_intents import Intent
from inbox.automation.chatbot_scripts import CONSENT, Question
from inbox.automation.chatbot_sessions import Session
from inbox.candidates import labels, profiles
from inbox.errors import Changed, Invalid
from inbox.messaging import chatbot_hold, conversations, labelling, notes, renaming
from inbox.messaging.conversations import Conversation
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import candidates
from inbox.storage.tables import notes as note_rows

AGAIN_SECONDS = 1.0


async def known(tenant: Tenant, conversation: Conversation, intent: Intent) -> Collection[str]:
    """The facts that need not be asked for; next to none while nobody knows whose the number is."""
    if conversation.undecided:
        return {"job"} if intent.kind == "apply" else set()
    profile = await profiles.find(tenant, conversation.candidate_id)
    facts = {name for name in ("name", "email", "city", "job") if getattr(profile, name)}
    return facts | {"job"} if intent.kind == "apply" else facts - {"job"}


async def fill(tenant: Tenant, job: Job) -> Postponed | None:
    """Fill in what a session that has ended brought; None when it is done."""
    session = await chatbot_sessions.find(tenant, job.subject)
    if session is None or session.is_open or session.intent_id is None or session.version is None:
        return None
    intent = await chatbot_intents.at_version(tenant, session.intent_id, session.version)
    conversation = await conversations.find(tenant, session.conversation_id)
    answers = chatbot_dialogue.answered(intent.script, session.dialogue)
    if conversation.undecided:  # a person has to say whose answers these are
        await _note(tenant, session, intent, answers)
        return None
    try:
        await _profile(tenant, conversation.candidate_id, intent, answers, is_done=session.state == "done")
    except Changed:
        return Postponed(AGAIN_SECONDS)
    for tag in _tags(intent, answers, is_done=session.state == "done"):
        await _tag(tenant, conversation.candidate_id, tag)
    await _note(tenant, session, intent, [one for one in answers if one[0].fills == "note"])
    return None


async def _profile(
    tenant: Tenant, candidate_id: str, intent: Intent, answers: list[tuple[Question, Answer]], *, is_done: bool
) -> None:
    """Facts go where there is none; raises Changed when somebody changed the candidate at this moment."""
    found = {question.fills: answer.value[: profiles.MOST] for question, answer in answers}
    if intent.kind == "apply" and is_done:
        found |= {"job": intent.job, "stage": "Applied"}
    consent = next((answer for question, answer in answers if question.fills == CONSENT), None)
    async with tenant.transaction():
        if consent is not None:  # it is in the ledger since it was texted
            await tenant.execute(
                update(candidates)
                .where(
                    candidates.c.organisation_id == tenant.organisation_id,
                    candidates.c.id == candidate_id,
                    candidates.c.consent.is_(None),
                )
                .values(consent=_consent(intent, consent))
            )
        before = await profiles.find(tenant, candidate_id)
        facts = ("name", "email", "job", "city", "stage")
        after = replace(before, **{fact: getattr(before, fact) or found.get(fact) for fact in facts})
        if after != before:
            await profiles.change(tenant, candidate_id, after, mark=before.mark)
            await renaming.renamed(tenant, candidate_id, before, after, actor_id=None)


def _consent(intent: Intent, answer: Answer) -> str:
    at = datetime.fromisoformat(answer.at)
    return f"{at.day} {at:%B %Y}, by text to “{intent.script.consent}”"[: profiles.MOST]


def _tags(intent: Intent, answers: list[tuple[Question, Answer]], *, is_done: bool) -> list[str]:
    given = [answer.value[: labels.MOST_NAME] for question, answer in answers if question.fills == "tag"]
    return [*given, intent.tag] if intent.tag and is_done else given


async def _tag(tenant: Tenant, candidate_id: str, name: str) -> None:
    """A candidate who has all the tags there may be gets no more."""
    try:
        await labelling.add(tenant, None, candidate_id, "tag", name)
    except Invalid:
        return


async def _note(tenant: Tenant, session: Session, intent: Intent, answers: list[tuple[Question, Answer]]) -> None:
    """These answers as one note."""
    if not answers:
        return
    lines = [f"{question.ask} {answer.value}" for question, answer in answers]
    note_id = str(uuid5(UUID(session.id), "note"))
    async with tenant.transaction():
        if await notes.by_ids(tenant, [note_id]):
            return
        seq = await events.record(
            tenant, EventKind.NOTE_ADDED, conversation_id=session.conversation_id, message_id=note_id
        )
        await tenant.execute(
            insert(note_rows)
            .values(
                organisation_id=tenant.organisation_id,
                id=note_id,
                conversation_id=session.conversation_id,
                author=chatbot_hold.AUTHOR,
                body="\n".join([intent.name, *lines]),
                seq=seq,
            )
            .on_conflict_do_nothing()
        )
