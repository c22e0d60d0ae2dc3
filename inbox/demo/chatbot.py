"""The demo's Text Engage: two intents on the chatbot number, and somebody who has joined the talent network by them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from inbox import clock
from inbox.accounts.users import User
from inbox.automation import chatbot_dialogue, chatbot_intents, chatbot_wishes
from inbox.automation.chatbot_dialogue import Heard
from inbox.automation.chatbot_scripts import TypedQuestion
from inbox.automation.chatbot_wishes import Wish
from inbox.candidates import labels, people
from inbox.languages.readers import ENGLISH
from inbox.messaging import chatbot_hold, conversations, lines, opening, searchable
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import chatbot_sessions, messages, notes
from providers import segments
from providers.contract import DeliveryStatus

_NAME = TypedQuestion("What is your name?", "text", fills="name")
_MAIL = TypedQuestion("What is your e-mail?", "email", fills="email")
_WORK = "Registered nurse\nEnrolled nurse\nCare assistant\nSomething else"
NUMBER = "+61491570207"
ANSWERS = ("Yes", "Ruby Marsh", "2", "Geelong", "ruby.marsh@example.com")


async def create(tenant: Tenant, user: User, number: CompanyNumber) -> None:
    """Both intents, and the dialogue that Ruby had three days ago. In a transaction."""
    made = [
        await chatbot_intents.create(tenant, user, number.company_id, chatbot_wishes.settled(wish))
        for wish in _wishes()
    ]
    await _talk(tenant, number, await chatbot_intents.find(tenant, made[0]))


def _wishes() -> tuple[Wish, Wish]:
    join, apply = chatbot_wishes.blank("join", ENGLISH), chatbot_wishes.blank("apply", ENGLISH)
    work = TypedQuestion("What do you work as?", "choice", _WORK, "tag")
    place = TypedQuestion("Where do you want to work?", "text", fills="city")
    registered = TypedQuestion("Are you registered with AHPRA?", "yes_no", fills="note")
    start = TypedQuestion("When could you start?", "date", fills="note")
    return (
        replace(
            join,
            keywords="JOIN",
            script=replace(
                join.script,
                consent="May Harbour Health keep your answers and text you about jobs?",
                questions=(_NAME, work, place, _MAIL),
            ),
        ),
        replace(
            apply,
            name="Apply: Registered Nurse, Geelong",
            keywords="NURSE1, GEELONG",
            job="Registered Nurse, Geelong",
            script=replace(
                apply.script,
                consent="May Harbour Health keep your answers and text you about this job?",
                questions=(_NAME, registered, start, _MAIL),
            ),
        ),
    )


async def _talk(tenant: Tenant, number: CompanyNumber, intent: chatbot_intents.Intent) -> None:
    at = clock.now() - timedelta(days=3)
    told: list[tuple[str, str]] = [("in", "Join")]
    turn = chatbot_dialogue.begin(intent.script, ())
    told.append(("out", turn.say))
    for answer in ANSWERS:
        turn = chatbot_dialogue.hear(intent.script, turn.dialogue, Heard(answer, at.isoformat(), at.date()))
        told += [("in", answer), ("out", turn.say)]
    conversation_id = await _conversation(tenant, number, intent)
    for place, (direction, body) in enumerate(told):
        sent = at + timedelta(seconds=25 * place)
        message_id = new_id()
        await tenant.execute(
            messages.insert().values(_row(tenant, number, conversation_id, message_id, direction, body, sent))
        )
        await searchable.written(tenant, conversation_id, body, at=sent, last_at=sent)
    last = at + timedelta(seconds=25 * (len(told) - 1))
    await conversations.change(
        tenant,
        conversation_id,
        first_message_at=at,
        last_message_at=last,
        last_message_id=message_id,
        last_text=lines.shown(told[-1][1]),
        last_author=chatbot_hold.AUTHOR,
    )
    ids: Mapping[str, Any] = {"organisation_id": tenant.organisation_id, "conversation_id": conversation_id}
    await tenant.execute(
        insert(chatbot_sessions).values(
            id=new_id(),
            intent_id=intent.id,
            version=intent.version,
            state="done",
            heard_seq=0,
            dialogue=json.dumps(asdict(turn.dialogue)),
            begun_at=at,
            heard_at=last,
            ended_at=last,
            **ids,
        )
    )
    await tenant.execute(
        insert(notes).values(id=new_id(), author="", act="finished", subject=intent.name, seq=0, at=last, **ids)
    )


async def _conversation(tenant: Tenant, number: CompanyNumber, intent: chatbot_intents.Intent) -> str:
    candidate_id = await people.create(
        tenant,
        name="Ruby Marsh",
        number=NUMBER,
        email="ruby.marsh@example.com",
        city="Geelong",
        consent=f"{intent.script.consent} – Yes",
    )
    for tag in ("Enrolled nurse", intent.tag):
        await labels.add(tenant, await labels.ensure(tenant, "tag", tag), [candidate_id])
    return await opening.find_or_open(
        tenant,
        company_id=number.company_id,
        company_number_id=number.id,
        candidate_id=candidate_id,
        candidate_number=NUMBER,
    )


def _row(
    tenant: Tenant,
    number: CompanyNumber,
    conversation_id: str,
    message_id: str,
    direction: str,
    body: str,
    at: datetime,
) -> dict[str, Any]:
    is_ours = direction == "out"
    status = DeliveryStatus.DELIVERED if is_ours else DeliveryStatus.RECEIVED
    return {
        "organisation_id": tenant.organisation_id,
        "id": message_id,
        "conversation_id": conversation_id,
        "company_id": number.company_id,
        "direction": direction,
        "body": body,
        "author": chatbot_hold.AUTHOR if is_ours else None,
        "source": "chatbot" if is_ours else "person",
        "status": status,
        "rank": status.rank,
        "segments": segments.measure(body).segments,
        "provider_account_id": number.provider_account_id,
        "attempt": 1,
        "at": at,
        "sent_at": at if is_ours else None,
        "delivered_at": at if is_ours else None,
    }
