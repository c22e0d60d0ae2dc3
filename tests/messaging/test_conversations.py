"""A conversation and its row in the list."""

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from inbox.candidates import people
from inbox.errors import NotFound
from inbox.messaging import conversation_rows, conversations, filters, opening
from inbox.messaging.places import key_of, place_of, waiting_key_of, waiting_place_of
from inbox.messaging.views import View
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from tests.messaging.scene import MAYA, TOM, Scene

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(5000, 1, 1), timezones=st.just(UTC))
SHARED = View(user_id=None, zone="UTC")


@given(first=MOMENTS, second=MOMENTS, ids=st.tuples(st.uuids(), st.uuids()))
def test_keys_sort_as_text_like_their_places(first: datetime, second: datetime, ids: tuple[object, object]) -> None:
    places = [(first, str(ids[0])), (second, str(ids[1]))]
    assert (key_of(*places[0]) < key_of(*places[1])) == (places[0] < places[1])
    assert [place_of(key_of(*place)) for place in places] == places


@given(first=MOMENTS, second=MOMENTS, identity=st.uuids())
def test_keys_of_who_waits_sort_the_longest_first(first: datetime, second: datetime, identity: object) -> None:
    keys = [waiting_key_of(moment, str(identity)) for moment in (first, second)]
    assert (keys[0] > keys[1]) == (first < second)
    assert [waiting_place_of(key) for key in keys] == [(first, str(identity)), (second, str(identity))]
    assert waiting_place_of("no key") is None


@pytest.mark.anyio
async def test_a_conversation_knows_who_texts_with_whom(scene: Scene) -> None:
    await people.create(scene.tenant, name="Maya  Chen", number=MAYA)
    conversation = await conversations.find(scene.tenant, await scene.text_in(MAYA))
    assert (conversation.name, conversation.first_name) == ("Maya  Chen", "Maya")
    assert (conversation.company_number, conversation.candidate_number) == (scene.number.number, MAYA)
    assert (conversation.unread, conversation.assignee, conversation.opted_out_at) == (1, None, None)
    stranger = await conversations.find(scene.tenant, await scene.text_in(TOM))
    assert (stranger.name, stranger.first_name) == ("+61 491 570 156", "This person")


@pytest.mark.anyio
async def test_two_who_open_a_conversation_at_once_get_the_same_one(scene: Scene) -> None:
    candidate = await people.create(scene.tenant, name="Maya", number=MAYA)

    async def open_() -> str:
        tenant = Tenant(scene.tenant.database, scene.tenant.organisation_id)
        async with tenant.transaction():
            return await opening.find_or_open(
                tenant,
                company_id=scene.company.id,
                company_number_id=scene.number.id,
                candidate_id=candidate,
                candidate_number=MAYA,
            )

    opened = await asyncio.gather(*(open_() for _ in range(10)))
    assert len(set(opened)) == 1
    assert len(await scene.tenant.fetch_all(select(tables.conversations))) == 1
    # Nothing was written in it yet, so nobody's list shows it.
    assert (await filters.page(scene.tenant, SHARED)).rows == ()
    assert await conversation_rows.by_ids(scene.tenant, opened) == {}


@pytest.mark.anyio
async def test_a_row_for_the_page_and_a_row_for_the_socket_are_equal(scene: Scene) -> None:
    ids = [await scene.text_in(MAYA), await scene.text_in(TOM)]
    await scene.reply(ids[0], who=scene.ana)
    await scene.failed(ids[1])
    listed = {row.id: row for row in (await filters.page(scene.tenant, SHARED)).rows}
    assert await conversation_rows.by_ids(scene.tenant, ids) == listed
    maya, tom = (listed[id] for id in ids)
    assert (maya.last_author, maya.assignee, maya.unread, maya.failed, maya.opted_out) == (
        "Ana",
        "Ana Ruiz",
        0,
        0,
        False,
    )
    assert (tom.last_author, tom.assignee, tom.failed) == ("Jo", "Jo Park", 1)


@pytest.mark.anyio
async def test_a_later_text_is_later_by_the_clock_too(scene: Scene) -> None:
    """Who waited for the row writes the moment it got the row, not the moment it began to wait."""
    conversation = await scene.text_in()
    await asyncio.gather(*(scene.text_in(MAYA, f"Text {place}") for place in range(12)))
    rows = await scene.tenant.fetch_all(select(tables.messages).order_by(tables.messages.c.seq))
    moments = [row.at for row in rows]
    assert moments == sorted(moments)
    assert (await scene.row(conversation)).last_message_id == rows[-1].id


@pytest.mark.anyio
async def test_names_of_candidates_without_letters_still_have_a_row(scene: Scene) -> None:
    conversation = await scene.text_in()
    for name in ("", "—", "😀", "X"):
        await scene.tenant.execute(update(tables.candidates).values(name=name))
        (row,) = (await conversation_rows.by_ids(scene.tenant, [conversation])).values()
        assert row.name == (name or "+61 491 570 110")


@pytest.mark.anyio
async def test_conversations_of_another_organisation_are_nowhere(scene: Scene, other: Scene) -> None:
    foreign = await other.text_in()
    for unknown in (foreign, new_id()):
        with pytest.raises(NotFound):
            await conversations.find(scene.tenant, unknown)
    assert await conversation_rows.by_ids(scene.tenant, [foreign]) == {}
    assert await conversations.by_ids(scene.tenant, [foreign]) == {}
    assert (await filters.page(scene.tenant, SHARED)).rows == ()
    assert await filters.matching(scene.tenant, [SHARED], [foreign]) == {SHARED: frozenset()}
    assert await filters.counts(scene.tenant, other.jo.id) == filters.TabCounts(0, 0)
    await conversations.change(scene.tenant, foreign, unread=0, assignee_id=None)
    assert (await other.row(foreign)).unread == 1
