"""STOP and START are heard when they are the whole text, and only then."""

import pytest
from sqlalchemy import select

from inbox.accounts import companies
from inbox.errors import Refused
from inbox.messaging import decisions, inbound, keywords, opt_outs
from inbox.provisioning import company_numbers
from inbox.storage import tables
from providers.contract import IncomingSms
from tests.messaging.scene import MAYA, Scene

pytestmark = pytest.mark.anyio


def keyword(body: str, told: str | None = None) -> str | None:
    return keywords.keyword(IncomingSms("SM1", "AC1", MAYA, "+61491570006", body, 1, (), told, None))  # type: ignore[arg-type]


@pytest.mark.parametrize("word", sorted(keywords.STOP_WORDS))
@pytest.mark.parametrize("written", [str.lower, str.upper, str.title, " {} ".format, "{}.".format, "\n{}\r\n".format])
def test_each_word_of_leaving_is_heard_however_it_is_written(word: str, written: object) -> None:
    assert keyword(written(word)) == "stop"  # type: ignore[operator]


@pytest.mark.parametrize("body", ["start", "START", "Unstop", " start. "])
def test_the_words_of_coming_back_are_heard(body: str) -> None:
    assert keyword(body) == "start"


@pytest.mark.parametrize(
    "body", ["", "please stop", "stop it", "Stop!", "yes", "help", "don't stop", "st op", "ｓｔｏｐ", "STOP STOP"]
)
def test_words_within_a_sentence_are_just_words(body: str) -> None:
    assert keyword(body) is None


@pytest.mark.parametrize(("told", "heard"), [("stop", "stop"), ("start", "start"), ("help", None), (None, None)])
def test_what_twilio_recognised_counts_whatever_the_words(told: str | None, heard: str | None) -> None:
    assert keyword("ARRÊT", told) == heard


async def test_stop_is_kept_for_the_pair_of_numbers_and_start_ends_it(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Stop")
    (kept,) = await scene.tenant.fetch_all(select(tables.opt_outs))
    assert (kept.company_number_id, kept.number, kept.keyword) == (scene.number.id, MAYA, "Stop")
    first = (await scene.row(conversation)).opted_out_at
    assert first is not None

    await scene.text_in(MAYA, "STOPALL")
    assert (await scene.row(conversation)).opted_out_at == first
    await scene.text_in(MAYA, "yes")
    assert (await scene.row(conversation)).opted_out_at == first

    await scene.text_in(MAYA, "unstop")
    assert (await scene.row(conversation)).opted_out_at is None
    assert await scene.tenant.fetch_all(select(tables.opt_outs)) == []


async def two_more_numbers(scene: Scene) -> tuple[str, str]:
    """A second number of the company, and one of another company."""
    rival = await companies.create(scene.tenant, "Acme Executive")
    for company, number in ((scene.company, "+61491570007"), (rival, "+61491570158")):
        await company_numbers.add(
            scene.tenant, company_id=company.id, provider_account_id=scene.account.id, number=number
        )
    return "+61491570007", "+61491570158"


async def blocked(scene: Scene) -> set[str]:
    rows = await scene.tenant.fetch_all(
        select(tables.company_numbers.c.number)
        .join(
            tables.conversations,
            tables.conversations.c.company_number_id == tables.company_numbers.c.id,
        )
        .where(tables.conversations.c.opted_out_at.is_not(None))
    )
    return {row.number for row in rows}


async def test_an_opt_out_reaches_as_far_as_the_organisation_has_chosen(scene: Scene) -> None:
    ours = scene.number.number
    second, foreign = await two_more_numbers(scene)
    await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, "Hi", recipient=foreign))
    await scene.text_in(MAYA, "STOP")
    await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, "Hi", recipient=second))
    assert await blocked(scene) == {ours, second}, "also where the conversation is opened later"
    async with scene.tenant.transaction():
        await opt_outs.choose_scope(scene.tenant, "organisation")
    assert await blocked(scene) == {ours, second, foreign}
    async with scene.tenant.transaction():
        await opt_outs.choose_scope(scene.tenant, "company")
    assert await blocked(scene) == {ours, second}
    await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, "START", recipient=second))
    assert await blocked(scene) == set()


async def test_a_blocked_conversation_says_who_since_when_and_what_would_help(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "STOP")
    with pytest.raises(Refused) as refused:
        await scene.reply(conversation)
    assert refused.value.sentence.startswith("This person opted out on ")
    assert refused.value.sentence.endswith("Nobody here can text this number until This person sends START.")


@pytest.mark.parametrize(("body", "told"), [("HELP", None), ("info", None), ("AYUDA", "help")])
async def test_a_call_for_help_blocks_nobody_and_is_told_in_the_thread(
    scene: Scene, body: str, told: str | None
) -> None:
    assert await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, body, opt_out=told))
    conversation = await scene.conversation(MAYA)
    row = await scene.tenant.fetch_one(select(tables.messages))
    assert row is not None
    assert (row.event, (await scene.row(conversation)).opted_out_at) == ("helped", None)


async def test_no_second_answer_follows_what_twilio_has_answered(scene: Scene) -> None:
    for body in ("STOP", "START", "HELP", "please stop texting me"):
        await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, body))
    assert {row.direction for row in await scene.tenant.fetch_all(select(tables.messages))} == {"in"}
    assert await scene.tenant.fetch_all(select(tables.jobs)) == []


async def test_a_text_that_was_queued_before_stop_is_not_carried_out_by_a_second_press(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.failed(conversation)
    await scene.text_in(MAYA, "STOP")
    with pytest.raises(Refused):
        await decisions.retry(scene.tenant, scene.jo, conversation, message.id)
