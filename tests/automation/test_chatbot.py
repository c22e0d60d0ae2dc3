"""Text Engage answers each text on its number once, fills in what it heard, and leaves the rest to people."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from inbox.automation import chatbot_answering, chatbot_intents, chatbot_wishes
from inbox.automation.chatbot_scripts import TypedQuestion
from inbox.candidates import consents, labels, people
from inbox.errors import Changed, Invalid, NotFound
from inbox.messaging import automatic_texts, handling, inbound, messages, notes, shared_numbers, triggers
from inbox.storage import jobs, tables
from inbox.storage.jobs import Postponed
from tests.automation.chatbot import NUMBER, made, row, said, session, texted, told, wish, worked
from tests.messaging.scene import MAYA, Scene

pytestmark = pytest.mark.anyio

ALL = ("Join please", "yes", "I'm maya chen", "2", "tomorrow", "maya@example.com")


async def test_a_dialogue_from_the_keyword_to_the_goodbye_fills_in_the_candidate(scene: Scene) -> None:
    intent = await made(scene)
    await texted(scene, *ALL[:3])
    now = await row(scene)
    assert (bool(now.with_chatbot), now.unread, now.waiting_since, now.last_author) == (True, 0, None, "Text Engage")
    await texted(scene, *ALL[3:])
    assert len(await said(scene)) == len(ALL)
    assert (await said(scene))[-1] == "Goodbye!"
    done = await session(scene)
    assert (done.state, done.intent_id, done.heard_seq > 0) == ("done", intent.id, True)
    now = await row(scene)
    assert (bool(now.with_chatbot), now.unread, now.waiting_since) == (False, 0, None)
    candidate = await people.find(scene.tenant, now.candidate_id)
    assert (candidate.name, candidate.email) == ("Maya Chen", "maya@example.com")
    assert "by text to “May we keep your answers?”" in (candidate.consent or "")
    kept = [(one.given, one.source, one.words) for one in await consents.of_candidate(scene.tenant, candidate.id)]
    assert kept == [(True, "text", "May we keep your answers? – yes")]
    assert {tag.name for tag in await labels.of_candidate(scene.tenant, candidate.id)} == {"Carer", "Network"}
    (note,) = await notes.newest(scene.tenant, candidate.id, most=5)
    assert note.body.startswith("Talent network\nWhen could you start? 20")
    assert await told(scene) == ["Talent network"]


async def test_who_is_known_is_not_asked_again_and_who_applies_gets_the_job(scene: Scene) -> None:
    await people.create(scene.tenant, name="Maya Chen", number=MAYA, email="m@example.com")
    await made(scene, kind="apply", job="Nurse, Geelong", keywords="GEE12", tells=True)
    await texted(scene, "gee12", "yes", "1", "today")
    assert (await said(scene))[-1] == "Goodbye!"
    now = await row(scene)
    candidate = await people.find(scene.tenant, now.candidate_id)
    assert (candidate.name, candidate.job, candidate.stage) == ("Maya Chen", "Nurse, Geelong", "Applied")
    assert (now.unread, now.waiting_since is not None) == (1, True)


async def test_of_a_number_that_several_have_nobody_gets_the_answers_before_a_person_says_whose_they_are(
    scene: Scene,
) -> None:
    maya = await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    mother = await people.create(scene.tenant, name="Li Chen")
    async with scene.tenant.transaction():
        await shared_numbers.share(scene.tenant, mother, MAYA, actor_id=scene.jo.id)
    await made(scene)
    await texted(scene, "JOIN", "yes", "Li", "2", "today", "li@example.com")
    for candidate in (maya, mother):
        assert (await people.find(scene.tenant, candidate)).email is None
        assert await labels.of_candidate(scene.tenant, candidate) == []
    written = await notes.between(scene.tenant, await scene.conversation(MAYA), start=None, end=None)
    assert any("What is your name? Li" in note.body for note in written)


async def test_an_unknown_word_gets_the_list_once_and_then_a_person(scene: Scene) -> None:
    await made(scene)
    await texted(scene, "Hello?")
    assert await said(scene) == ["You can text one of these words:\nJOIN: Talent network"]
    assert (await row(scene)).unread == 0
    await texted(scene, "Is anybody there?")
    assert (await said(scene))[-1] == "Thanks. Somebody from our team will text you here."
    now = await row(scene)
    assert (now.unread, bool(now.with_chatbot), now.assignee_id) == (1, False, None)
    assert await told(scene) == ["their text named nothing that it can do"]
    await texted(scene, "JOIN")
    assert len(await said(scene)) == 2
    assert (await row(scene)).unread == 2


async def test_the_list_is_answered_by_a_word_or_its_number(scene: Scene) -> None:
    await made(scene)
    await texted(scene, "Hello?", "1")
    assert (await said(scene))[-1].startswith("Welcome!")
    assert (await session(scene)).is_open


async def test_a_repeated_webhook_and_a_job_that_runs_twice_are_answered_once(scene: Scene) -> None:
    await made(scene)
    sms = await texted(scene, "JOIN")
    assert not await inbound.receive(scene.tenant, scene.account, sms)
    await worked(scene)
    message_id = await scene.tenant.fetch_val(
        select(tables.messages.c.id).where(
            tables.messages.c.organisation_id == scene.tenant.organisation_id, tables.messages.c.direction == "in"
        )
    )
    await jobs.enqueue(scene.tenant, triggers.ANSWER, message_id)
    await worked(scene)
    assert len(await said(scene)) == 1
    assert (await session(scene)).dialogue.texts == 0


async def test_a_worker_that_dies_half_way_leaves_nothing_behind(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await made(scene)
    await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, "JOIN", recipient=NUMBER))
    say = automatic_texts.say

    async def dies(*arguments, **more):  # type: ignore[no-untyped-def]
        await say(*arguments, **more)
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(automatic_texts, "say", dies)
        with pytest.raises(RuntimeError):
            await worked(scene)
    assert await said(scene) == []
    assert (await row(scene)).unread == 1
    await scene.tenant.execute(update(tables.jobs).values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))
    await worked(scene)
    assert len(await said(scene)) == 1


async def test_two_texts_at_once_are_answered_in_their_order(scene: Scene) -> None:
    await made(scene)
    for body in ("JOIN", "yes", "Maya"):
        await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, body, recipient=NUMBER))
    claimed = await jobs.claim(scene.tenant.database, kinds=[triggers.ANSWER], limit=9, lease_seconds=60)
    assert len(claimed) == 1  # the others wait for it
    await chatbot_answering.answer(scene.tenant, claimed[0])
    await jobs.done(scene.tenant.database, claimed[0])
    await worked(scene)
    assert [words.partition("\n")[0] for words in await said(scene)] == [
        "Welcome!",
        "What is your name?",
        "What do you do?",
    ]


@pytest.mark.parametrize("how", ["reply", "take it"])
async def test_it_steps_aside_as_soon_as_a_person_takes_over(scene: Scene, how: str) -> None:
    await made(scene)
    await texted(scene, "JOIN")
    conversation = await scene.conversation(MAYA)
    if how == "reply":
        await scene.reply(conversation)
    else:
        await handling.claim(scene.tenant, scene.jo, conversation)
    assert (await session(scene)).state == "handed"
    assert "Jo Park " + ("replied" if how == "reply" else "took over") in await told(scene)
    await texted(scene, "yes", "JOIN")
    assert len(await said(scene)) == 1
    assert (await row(scene)).unread == 2


async def test_a_reply_before_the_answer_leaves_the_text_to_people(scene: Scene) -> None:
    await made(scene)
    await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, "JOIN", recipient=NUMBER))
    await scene.reply(await scene.conversation(MAYA))
    await worked(scene)
    assert await said(scene) == []


async def test_of_an_answer_and_a_reply_at_the_same_moment_the_answer_is_never_the_second(scene: Scene) -> None:
    await made(scene)
    for place in range(4):
        sender = f"+6149157015{place}"
        await texted(scene, "JOIN", sender=sender)
        await inbound.receive(scene.tenant, scene.account, scene.sms(sender, "yes", recipient=NUMBER))
        (job,) = await jobs.claim(scene.tenant.database, kinds=[triggers.ANSWER], limit=1, lease_seconds=60)
        conversation = await scene.conversation(sender)
        # The job is also run by a worker that believes the first one dead.
        deeds = [chatbot_answering.answer(scene.tenant, job), chatbot_answering.answer(scene.tenant, job)]
        await asyncio.gather(*deeds[: place % 2 + 1], scene.reply(conversation), *deeds[place % 2 + 1 :])
        await jobs.done(scene.tenant.database, job)
        now = (await messages.page(scene.tenant, conversation)).messages
        ours = [one.author for one in now if one.direction == "out"]
        assert ours in (["Text Engage", "Jo Park"], ["Text Engage", "Text Engage", "Jo Park"])
        assert not (await scene.row(conversation)).with_chatbot


@pytest.mark.parametrize(
    ("text", "state", "reason", "answers", "unread"),
    [
        ("STOP", "dropped", "they opted out", 1, 0),
        ("please stop texting me", "handed", "they asked not to be texted", 1, 1),
        ("I want to talk to a person", "handed", "they asked for a person", 2, 1),
        ("no", "dropped", "they did not agree", 2, 0),
    ],
)
async def test_words_that_end_a_dialogue(
    scene: Scene, text: str, state: str, reason: str, answers: int, unread: int
) -> None:
    await made(scene)
    await texted(scene, "JOIN", text)
    now = await session(scene)
    assert (now.state, now.reason, len(await said(scene))) == (state, reason, answers)
    assert (await row(scene)).unread == unread
    assert (await told(scene))[-1] == reason
    assert (await people.find(scene.tenant, (await row(scene)).candidate_id)).consent is None


async def test_without_segments_it_says_nothing_and_hands_over(scene: Scene) -> None:
    await made(scene)
    await texted(scene, "JOIN")
    await scene.tenant.execute(update(tables.segment_balances).values(balance=0))
    await texted(scene, "yes")
    assert len(await said(scene)) == 1
    now = await session(scene)
    assert (now.state, now.reason, (await row(scene)).unread) == ("handed", "no segments are left", 1)


async def test_a_dialogue_in_which_nobody_writes_ends_by_itself(scene: Scene) -> None:
    await made(scene, hours="2")
    await texted(scene, "JOIN", "yes", "Maya Chen")
    open_one = await session(scene)
    assert isinstance(await chatbot_answering.give_up(scene.tenant, open_one.id), Postponed)
    past = datetime.now(UTC) - timedelta(hours=3)
    await scene.tenant.execute(update(tables.chatbot_sessions).values(heard_at=past))
    assert await chatbot_answering.give_up(scene.tenant, open_one.id) is None
    await worked(scene)
    assert ((await session(scene)).words, bool((await row(scene)).with_chatbot)) == (
        "Dropped: no answer for 2 hours",
        False,
    )
    # What was said so far is kept.
    assert (await people.find(scene.tenant, (await row(scene)).candidate_id)).name == "Maya Chen"


async def test_who_is_in_a_dialogue_keeps_the_script_it_began_with_and_a_paused_one_begins_nobody(scene: Scene) -> None:
    intent = await made(scene)
    await texted(scene, "JOIN")
    other = wish()
    asked = replace(other.script, consent="", questions=[TypedQuestion("Another one?")])
    async with scene.tenant.transaction():
        settled = chatbot_wishes.settled(replace(other, script=asked))
        await chatbot_intents.change(scene.tenant, scene.ana, intent.id, settled, version=1)
    with pytest.raises(Changed):
        async with scene.tenant.transaction():
            await chatbot_intents.change(scene.tenant, scene.jo, intent.id, settled, version=1)
    await texted(scene, "yes")
    assert (await said(scene))[-1] == "What is your name?"
    await chatbot_intents.set_state(scene.tenant, intent.id, "paused")
    await texted(scene, "Maya")
    assert (await said(scene))[-1].startswith("What do you do?")
    await texted(scene, "JOIN", sender="+61491570156")
    assert len(await said(scene)) == 3


async def test_texts_to_the_messaging_number_are_people_s(scene: Scene) -> None:
    await made(scene)
    await scene.text_in(MAYA, "JOIN")
    await worked(scene)
    assert await said(scene) == []
    assert (await row(scene)).unread == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": " "}, "name", "Enter a name."),
        ({"keywords": "stop"}, "keywords", "“STOP” means something to the networks."),
        ({"keywords": "Person"}, "keywords", "“PERSON” does something in every dialogue."),
        ({"keywords": ""}, "keywords", "Enter the word that candidates text"),
        ({"kind": "apply"}, "job", "Enter the job."),
        ({"hours": "0"}, "hours", "Enter a number of hours from 1 to"),
    ],
)
async def test_an_intent_that_makes_no_sense_is_said_where_it_stands(
    changes: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        chatbot_wishes.settled(wish(**changes))
    assert refused.value.fields[field].startswith(words)


@pytest.mark.parametrize(
    ("questions", "field", "words"),
    [
        ([], "questions", "There is no question yet."),
        ([TypedQuestion("", hint="x")], "ask-0", "Write the question."),
        ([TypedQuestion("?", "choice", "One")], "options-0", "Write 2 to 9 choices"),
        ([TypedQuestion("?", "choice", "One\none")], "options-0", "Two choices are the same."),
        ([TypedQuestion("?", "choice", "Back\nOn")], "options-0", "“Back” does something in every"),
        ([TypedQuestion("?", "text", fills="email")], "fills-0", "“E-mail” only takes answers of this kind: E-mail."),
        ([TypedQuestion("?", fills="name"), TypedQuestion("!", fills="name")], "questions", "Two questions fill in"),
        ([TypedQuestion(f"{place}?") for place in range(16)], "questions", "There are 16 questions"),
    ],
)
async def test_a_script_that_makes_no_sense_is_said_where_it_stands(
    questions: Sequence[TypedQuestion], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        chatbot_wishes.settled(wish(script=replace(wish().script, questions=questions)))
    assert refused.value.fields[field].startswith(words)


async def test_a_keyword_begins_one_intent_and_another_organisations_is_not_there(scene: Scene, other: Scene) -> None:
    intent = await made(scene)
    with pytest.raises(Invalid):
        await made(scene, keywords="other, JOIN")
    assert (await made(other)).keyword == "JOIN"
    with pytest.raises(NotFound):
        await chatbot_intents.find(other.tenant, intent.id)
    async with scene.tenant.transaction():
        await chatbot_intents.set_state(scene.tenant, intent.id, "archived")
    assert (await made(scene)).keywords == ("join", "nurses")
