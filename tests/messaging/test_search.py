"""What a search finds, from the box to the conversations, and how it is kept in step with what is written."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from inbox.messaging import filters, inbound
from inbox.messaging.views import View
from inbox.storage import search_documents as documents
from inbox.storage import search_terms, tables
from inbox.storage.columns import db_now
from inbox.storage.search_terms import Number, Phrase, Without
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("q", "asked"),
    [
        ("", ()),
        ("% -", ()),
        ('"', ()),
        ("Maya", (Phrase(("maya",), True),)),
        ("maya chen", (Phrase(("maya",)), Phrase(("chen",), True))),
        ('"see you" soon', (Phrase(("see", "you")), Phrase(("soon",), True))),
        ('soon "see you"', (Phrase(("soon",)), Phrase(("see", "you")))),
        ('"see yo', (Phrase(("see", "yo"), True),)),
        ("o'neill", (Phrase(("o", "neill"), True),)),
        ("陈美", (Phrase(("陈", "美"), True),)),
        ("+61 491 570", (Number("61491570", (Phrase(("61",)), Phrase(("491",)), Phrase(("570",), True))),)),
        ("0491", (Number("491", (Phrase(("0491",), True),)),)),
        ("10 am", (Phrase(("10",)), Phrase(("am",), True))),
        ("maya 570 11", (Phrase(("maya",)), Number("57011", (Phrase(("570",)), Phrase(("11",), True))))),
    ],
)
def test_a_search_is_read_as_words_phrases_and_numbers(q: str, asked: tuple[search_terms.Term, ...]) -> None:
    assert search_terms.alternatives(q) == ([asked] if asked else [])


@pytest.mark.parametrize(
    ("q", "ways"),
    [
        ("maya OR tom", [(Phrase(("maya",)),), (Phrase(("tom",), True),)]),
        ("maya job OR", [(Phrase(("maya",)), Phrase(("job",)))]),
        ("job NOT geel", [(Phrase(("job",)), Without(Phrase(("geel",), True)))]),
        ('NOT "see you" soon', [(Without(Phrase(("see", "you"))), Phrase(("soon",), True))]),
        ("job NOT", [(Phrase(("job",), True),)]),
        ("maya AND job", [(Phrase(("maya",)), Phrase(("job",), True))]),
        ('"now OR never"', [(Phrase(("now", "or", "never")),)]),
        ("now or not", [(Phrase(("now",)), Phrase(("or",)), Phrase(("not",), True))]),
        ("NOT 0491 570", [(Without(Number("491570", (Phrase(("0491",)), Phrase(("570",), True)))),)]),
        ("OR", []),
    ],
)
def test_or_and_not_in_capitals_join_and_exclude(q: str, ways: list[tuple[search_terms.Term, ...]]) -> None:
    assert search_terms.alternatives(q) == ways


async def found(scene: Scene, q: str) -> list[str]:
    """The numbers of the conversations that a search shows on the Shared tab."""
    view = View(user_id=None, zone="UTC", q=q)
    return [row.number for row in (await filters.page(scene.tenant, view)).rows]


async def test_what_comes_in_and_what_goes_out_is_found_at_once(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Is the job in Geelong still open?")
    await scene.text_in(TOM, "Hello")
    assert await found(scene, "geel") == [MAYA]
    assert await found(scene, "thursday") == []
    await scene.reply(conversation, "It is. Thursday at 10?")
    assert await found(scene, "thurs") == [MAYA]
    assert await found(scene, "thursday geelong") == [MAYA]  # in two texts of one conversation
    assert await found(scene, '"open it"') == []  # a phrase stands in one text
    assert await found(scene, "570156") == [TOM]
    assert await found(scene, "") == [MAYA, TOM]


async def test_either_of_two_things_is_found_and_what_is_excluded_is_not(scene: Scene) -> None:
    await scene.text_in(MAYA, "Is the nurse job still open?")
    await scene.text_in(TOM, "I am a midwife, is there a job?")
    assert await found(scene, "nurse OR midwife") == [TOM, MAYA]
    assert await found(scene, "job NOT nurse") == [TOM]
    assert await found(scene, "NOT 0491570110") == [TOM]
    assert await found(scene, "cook OR nurse open") == [MAYA]
    assert await found(scene, "cook OR nurse NOT open") == []


async def test_a_text_that_was_stored_before_changes_nothing(scene: Scene) -> None:
    sms = scene.sms(MAYA, "Hello")
    for _ in range(2):
        await inbound.receive(scene.tenant, scene.account, sms)
    assert await scene.tenant.fetch_val(select(tables.search_documents.c.words)) == " 61491570110  hello "


async def test_the_document_is_the_one_that_would_be_made_of_all_that_is_written(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Hello")
    await scene.reply(conversation, "Are you free?")
    now = await scene.tenant.fetch_val(select(db_now()))
    await inbound.store(scene.tenant, scene.account, scene.sms(MAYA, "Long ago"), received_at=now - timedelta(days=40))
    written = await scene.tenant.fetch_all(select(tables.messages.c.at, tables.messages.c.body))
    texts = {row.body: row.at for row in written}
    kept = await scene.tenant.fetch_one(select(tables.search_documents))
    in_order = [(texts[body], body) for body in ("Hello", "Are you free?", "Long ago")]
    made = documents.document(scene.tenant.organisation_id, None, MAYA, in_order)
    assert (kept.words, kept.marks, kept.recency) == (made.words, made.marks, made.recency)


async def test_another_organisation_is_never_found(scene: Scene, other: Scene) -> None:
    await other.text_in(MAYA, "Geelong")
    await scene.text_in(TOM, "Hello")
    assert await found(scene, "geelong") == []
    assert await found(other, "geelong") == [MAYA]


async def test_what_is_longer_than_can_be_searched_is_stored_all_the_same(
    scene: Scene,
) -> None:
    conversation = await scene.text_in(MAYA, "Hello")
    long = " " + "word " * (documents.MOST_LETTERS // 5 + 1)
    await scene.tenant.execute(tables.search_documents.update().values(words=long))
    await scene.reply(conversation, "Zebra")
    assert await scene.tenant.fetch_val(select(func.count()).select_from(tables.messages)) == 2
    assert await found(scene, "zebra") == []
    assert await found(scene, "word") == [MAYA]


async def test_a_random_word_from_each_of_many_conversations_is_found_in_the_order_of_the_list(
    scene: Scene,
) -> None:
    numbers = [f"+614915702{place:02d}" for place in range(30)]
    for place, number in enumerate(numbers):
        await scene.text_in(number, f"Text every{place % 2} some{place % 7}")
    assert await found(scene, "every1 some3") == [
        number for place, number in reversed(list(enumerate(numbers))) if place % 2 == 1 and place % 7 == 3
    ]
