"""A chatbot number with an intent, candidates who text to it, and a worker that answers."""

from typing import Any

from sqlalchemy import select

from inbox.automation import (
    chatbot_answering,
    chatbot_filling,
    chatbot_intents,
    chatbot_sessions,
    chatbot_turns,
    chatbot_wishes,
)
from inbox.automation.chatbot_intents import Intent
from inbox.automation.chatbot_scripts import Question, Script, TypedQuestion, TypedScript
from inbox.automation.chatbot_sessions import Session
from inbox.automation.chatbot_wishes import Wish
from inbox.messaging import inbound, triggers
from inbox.provisioning import company_numbers
from inbox.storage import jobs, tables
from inbox.storage.jobs import Postponed
from providers.contract import IncomingSms
from tests.messaging.scene import MAYA, Scene

NUMBER = "+61491570007"
SCRIPT = Script(
    welcome="Welcome!",
    consent="May we keep your answers?",
    questions=(
        Question("What is your name?", fills="name"),
        Question("What do you do?", "choice", ("Nurse", "Carer", "Something else"), fills="tag"),
        Question("When could you start?", "date", fills="note"),
        Question("What is your e-mail?", "email", fills="email", hint="That is no e-mail."),
    ),
    goodbye="Goodbye!",
    handover="A person comes.",
    declined="Nothing is kept.",
    tries=2,
)
DEEDS: dict[str, Any] = {
    triggers.ANSWER: chatbot_answering.answer,
    chatbot_turns.FILL: chatbot_filling.fill,
}


def wish(**changes: Any) -> Wish:
    """An intent as it is typed."""
    script = TypedScript(
        SCRIPT.welcome,
        SCRIPT.consent,
        SCRIPT.goodbye,
        SCRIPT.handover,
        SCRIPT.declined,
        str(SCRIPT.tries),
        [TypedQuestion(one.ask, one.kind, "\n".join(one.options), one.fills, one.hint) for one in SCRIPT.questions],
    )
    facts = {
        "name": "Talent network",
        "kind": "join",
        "keywords": "JOIN, nurses",
        "job": "",
        "tag": "Network",
        "hours": "24",
        "tells": False,
        "script": script,
    }
    return Wish(**(facts | changes))


async def made(scene: Scene, **changes: Any) -> Intent:
    """An intent of the scene's company, on the chatbot number."""
    await company_numbers.add(
        scene.tenant,
        company_id=scene.company.id,
        provider_account_id=scene.account.id,
        number=NUMBER,
        purpose="chatbot",
    )
    async with scene.tenant.transaction():
        settled = chatbot_wishes.settled(wish(**changes))
        intent_id = await chatbot_intents.create(scene.tenant, scene.jo, scene.company.id, settled)
    return await chatbot_intents.find(scene.tenant, intent_id)


async def texted(scene: Scene, *bodies: str, sender: str = MAYA) -> IncomingSms:
    """A candidate texts to the chatbot number, and each text is answered; the last one."""
    for body in bodies:
        sms = scene.sms(sender, body, recipient=NUMBER)
        await inbound.receive(scene.tenant, scene.account, sms)
        await worked(scene)
    return sms


async def worked(scene: Scene) -> None:
    """A worker does what the chatbot has to do now."""
    for _ in range(50):
        claimed = await jobs.claim(scene.tenant.database, kinds=list(DEEDS), limit=1, lease_seconds=60)
        if not claimed:
            return
        outcome = await DEEDS[claimed[0].kind](scene.tenant, claimed[0])
        assert not isinstance(outcome, Postponed)
        await jobs.done(scene.tenant.database, claimed[0])
    raise AssertionError("it goes on for ever")


async def said(scene: Scene) -> list[str]:
    """What the chatbot said, in its order."""
    rows = await scene.tenant.fetch_all(
        select(tables.messages.c.body)
        .where(tables.messages.c.organisation_id == scene.tenant.organisation_id, tables.messages.c.source == "chatbot")
        .order_by(tables.messages.c.seq)
    )
    return [row.body for row in rows]


async def told(scene: Scene) -> list[str]:
    """The reasons of the lines beside the threads."""
    rows = await scene.tenant.fetch_all(
        select(tables.notes.c.subject)
        .where(tables.notes.c.organisation_id == scene.tenant.organisation_id, tables.notes.c.act.is_not(None))
        .order_by(tables.notes.c.seq)
    )
    return [row.subject for row in rows]


async def row(scene: Scene) -> Any:
    """The only conversation."""
    return await scene.row(await scene.conversation(MAYA))


async def session(scene: Scene) -> Session:
    """The last session of the only conversation."""
    found = await chatbot_sessions.latest(scene.tenant, await scene.conversation(MAYA))
    assert found is not None
    return found
