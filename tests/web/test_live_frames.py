"""Frames: each pane that shows something new gets it, rendered by the page's own fragments; the others get nothing."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import update

from inbox.billing import balance
from inbox.candidates import people
from inbox.languages import readers
from inbox.messaging import filters, handling, inbound, labelling, notes, notifications
from inbox.messaging.intake import Intake
from inbox.messaging.views import View
from inbox.provisioning import company_numbers
from inbox.storage import events, tables
from inbox.storage.columns import new_id
from inbox.storage.events import EventLog
from inbox.web.frames import GIVEN_AWAY, REFETCH, Frames
from inbox.web.topics import CountsTopic, ThreadTopic
from realtime.hub import Cursor, Topic
from tests import plans
from tests.journeys.elements import Element, parse
from tests.journeys.screen import Panes
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio

ZONE = "Australia/Melbourne"
SHARED = View(user_id=None, zone=ZONE)


class Reader:
    """What the hub does for the panes of an organisation: it reads the log and has the events rendered."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.frames = Frames(scene.tenant.database)

    async def now(self) -> Cursor:
        """Where a page that is loaded now begins."""
        return await events.head(self.scene.tenant)

    async def show(self, *topics: Topic, since: Cursor, upto: Cursor | None = None) -> dict[Topic, Element]:
        """The frames for panes that stand at `since`."""
        end = upto or await self.now()
        happened: Sequence[events.Event] = await EventLog(self.scene.tenant.database).read(
            self.scene.tenant.channel, since.seq, end.seq - since.seq
        )
        pieces = self.frames(self.scene.tenant.channel, dict.fromkeys(topics, since), happened, end)
        return {topic: parse(text) async for piece in pieces for topic, text in piece.items()}


@pytest.fixture
def reader(scene: Scene) -> Reader:
    return Reader(scene)


def shared_count(frame: Element) -> str:
    """The number on the Shared tab."""
    shown = frame.by_id("count-shared")
    assert shown is not None
    return shown.words


async def test_a_text_is_shown_to_shared_to_its_thread_and_counted_and_to_no_other_pane(
    scene: Scene, reader: Reader
) -> None:
    conversation, elsewhere = await scene.text_in(MAYA), await scene.text_in(TOM)
    since = await reader.now()
    await scene.text_in(MAYA, "Hello again")
    mine = View(user_id=scene.jo.id, zone=ZONE)
    thread, other_thread = ThreadTopic(conversation), ThreadTopic(elsewhere)
    counts = CountsTopic(scene.jo.id)

    shown = await reader.show(SHARED, mine, thread, other_thread, counts, since=since)

    assert shown.keys() == {SHARED, thread, counts}
    head = next(iter(shown[thread]))
    assert head.attributes["data-before"] == str(since)
    assert head.attributes["data-upto"] == str(await reader.now())
    panes = Panes()
    for frame in shown.values():
        panes.take(frame)
    assert panes.texts == ["Hello again"]
    assert [row.text for row in panes.listed] == ["Hello again"]
    assert shared_count(shown[counts]) == "2"


async def test_a_tick_concerns_its_thread_alone(scene: Scene, reader: Reader) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation)
    since = await reader.now()
    await scene.report(message, "sent")
    searching = View(user_id=None, zone=ZONE, q="free")
    thread = ThreadTopic(conversation)

    shown = await reader.show(SHARED, searching, thread, CountsTopic(scene.jo.id), since=since)

    assert shown.keys() == {thread}


async def test_a_failure_concerns_the_list_too(scene: Scene, reader: Reader) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation)
    since = await reader.now()
    await scene.report(message, "undelivered", error_code=30006)
    failures = View(user_id=None, zone=ZONE, failed=True)

    shown = await reader.show(SHARED, failures, since=since)

    assert all("Not delivered" in frame.words for frame in shown.values())
    assert shown.keys() == {SHARED, failures}


async def test_a_view_that_no_longer_shows_a_conversation_is_told_that_it_is_gone(scene: Scene, reader: Reader) -> None:
    conversation = await scene.text_in()
    since = await reader.now()
    await handling.mark_read(scene.tenant, scene.jo, conversation, seen=since.seq)
    unread = View(user_id=None, zone=ZONE, unread=True)

    frame = (await reader.show(unread, since=since))[unread]

    gone = frame.by_id(f"conv-{conversation}")
    assert gone is not None
    assert "data-gone" in gone.attributes
    assert not frame.all("conv")


async def test_waiting_loses_whoever_opts_out_by_whatever_number_of_the_company(scene: Scene, reader: Reader) -> None:
    number = await company_numbers.add(
        scene.tenant, company_id=scene.company.id, provider_account_id=scene.account.id, number="+61491570008"
    )
    await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, "And here?", recipient=number.number))
    other = await scene.conversation(MAYA)
    await scene.text_in(MAYA)
    since = await reader.now()
    await scene.text_in(MAYA, "STOP")
    waiting = View(user_id=None, zone=ZONE, waiting=True)

    frame = (await reader.show(waiting, since=since))[waiting]

    assert not frame.all("conv")
    gone = frame.by_id(f"conv-{other}")
    assert gone is not None
    assert "data-gone" in gone.attributes
    assert (await filters.page(scene.tenant, waiting)).rows == ()


async def test_mine_shows_what_was_claimed_to_the_one_who_claimed_it_only(scene: Scene, reader: Reader) -> None:
    conversation = await scene.text_in()
    since = await reader.now()
    await scene.reply(conversation, who=scene.jo)
    jos, anas = (View(user_id=who.id, zone=ZONE) for who in (scene.jo, scene.ana))

    shown = await reader.show(jos, anas, since=since)

    assert [row.id for row in shown[jos].all("conv")] == [f"conv-{conversation}"]
    assert anas not in shown


async def test_a_search_is_asked_to_look_again(scene: Scene, reader: Reader) -> None:
    since = await reader.now()
    await scene.text_in()
    searching = View(user_id=None, zone=ZONE, q="hello")
    happened = await EventLog(scene.tenant.database).read(scene.tenant.channel, since.seq, 10)
    pieces = reader.frames(scene.tenant.channel, {searching: since}, happened, await reader.now())
    assert [piece async for piece in pieces if piece] == [{searching: REFETCH}]


async def test_times_are_those_of_the_reader(scene: Scene, reader: Reader) -> None:
    since = await reader.now()
    conversation = await scene.text_in()
    here, there = (
        ThreadTopic(conversation, readers.Reader("Australia/Melbourne")),
        ThreadTopic(conversation, readers.Reader("America/Los_Angeles")),
    )
    shown = await reader.show(here, there, since=since)
    times = {topic: [element.words for element in frame if element.tag == "time"] for topic, frame in shown.items()}
    assert times[here] != times[there]


async def test_a_page_that_was_loaded_while_nobody_looked_on_is_told_the_count_again(
    scene: Scene, reader: Reader
) -> None:
    """Between two looks the count went up and came back; the page in between shows the higher one."""
    tom, jo = await scene.text_in(TOM), CountsTopic(scene.jo.id)
    since = await reader.now()
    await handling.mark_read(scene.tenant, scene.jo, tom, seen=since.seq)
    assert shared_count((await reader.show(jo, since=since))[jo]) == ""

    maya = await scene.text_in(MAYA)
    page_with_one = await reader.now()
    await handling.mark_read(scene.tenant, scene.jo, maya, seen=page_with_one.seq)

    assert shared_count((await reader.show(jo, since=page_with_one))[jo]) == ""


async def test_a_count_that_two_texts_at_once_leave_as_it_was_is_told_again(scene: Scene, reader: Reader) -> None:
    """The hub comes late: by then the count is what it was, but not on the page loaded between the two."""
    maya, jo = await scene.text_in(MAYA), CountsTopic(scene.jo.id)
    start = await reader.now()
    await reader.show(jo, since=Cursor(start.epoch, 0))
    await scene.text_in(TOM)
    page_with_two = await reader.now()
    await handling.mark_read(scene.tenant, scene.jo, maya, seen=page_with_two.seq)

    late = await reader.show(jo, since=start, upto=page_with_two)
    assert shared_count(late[jo]) == "1"
    assert shared_count((await reader.show(jo, since=page_with_two))[jo]) == "1"


async def test_a_count_that_one_text_leaves_as_it_was_is_not_told_again(scene: Scene, reader: Reader) -> None:
    conversation, jo = await scene.text_in(), CountsTopic(scene.jo.id)
    message = await scene.reply(conversation, who=scene.ana)
    await scene.text_in(MAYA, "First")
    since = await reader.now()
    await reader.show(jo, since=Cursor(since.epoch, 0))
    for status in ("sent", "delivered"):
        await scene.report(message, status)
        at = await reader.now()
        assert await reader.show(jo, since=since, upto=at) == {}
        since = at

    await scene.text_in(MAYA, "Second")

    assert await reader.show(jo, since=since) == {}
    assert (await reader.show(CountsTopic(scene.ana.id), since=since)).keys() == {CountsTopic(scene.ana.id)}


async def test_whoever_has_the_thread_open_is_told_who_has_it_and_that_it_is_closed(
    scene: Scene, reader: Reader
) -> None:
    conversation = await scene.text_in()
    thread, closed = ThreadTopic(conversation), View(user_id=None, zone=ZONE, closed=True)
    since = await reader.now()
    await handling.claim(scene.tenant, scene.ana, conversation)
    shown = await reader.show(thread, since=since)
    now = shown[thread].by_id("handling-now")
    assert now is not None
    assert (now.words, now.attributes["data-version"], now.attributes["data-assignee"]) == (
        "Assigned to Ana Ruiz",
        "1",
        scene.ana.id,
    )
    assert "csrf" not in " ".join(element.attributes.get("name", "") for element in shown[thread])

    since = await reader.now()
    await handling.close(scene.tenant, scene.jo, conversation, version=1, seen=since.seq)
    shown = await reader.show(thread, SHARED, closed, CountsTopic(scene.ana.id), since=since)
    now = shown[thread].by_id("handling-now")
    assert now is not None
    assert now.words.startswith("Closed by Jo Park, ")
    gone = shown[SHARED].by_id(f"conv-{conversation}")
    assert gone is not None
    assert gone.attributes["data-gone"] == "Closed"
    assert [row.id for row in shown[closed].all("conv")] == [f"conv-{conversation}"]
    assert shared_count(shown[CountsTopic(scene.ana.id)]) == ""


async def test_a_tag_brings_a_conversation_into_the_views_of_it_and_takes_it_out_again(
    scene: Scene, reader: Reader
) -> None:
    conversation = await scene.text_in()
    candidate = await people.by_number(scene.tenant, MAYA)
    since = await reader.now()
    tag = await labelling.add(scene.tenant, scene.jo, candidate, "tag", "Nurse")
    tagged, elsewhere = replace(SHARED, tag=tag.id), replace(SHARED, tag=new_id())
    mine, thread = View(user_id=scene.jo.id, zone=ZONE, tag=tag.id), ThreadTopic(conversation)

    shown = await reader.show(tagged, elsewhere, mine, thread, since=since)

    assert shown.keys() == {tagged, elsewhere, thread}
    assert [row.id for row in shown[tagged].all("conv")] == [f"conv-{conversation}"]
    assert shown[elsewhere].all("conv") == []

    since = await reader.now()
    await labelling.remove(scene.tenant, scene.ana, candidate, tag.id)
    shown = await reader.show(tagged, since=since)
    assert shown[tagged].all("conv") == []
    gone = shown[tagged].by_id(f"conv-{conversation}")
    assert gone is not None
    assert gone.attributes["data-gone"] == ""


async def test_what_is_given_away_leaves_one_mine_and_comes_to_the_other(scene: Scene, reader: Reader) -> None:
    conversation = await scene.text_in()
    await handling.claim(scene.tenant, scene.jo, conversation)
    since = await reader.now()
    await handling.assign(scene.tenant, scene.jo, conversation, scene.ana.id, version=1)
    jos, anas = (View(user_id=who.id, zone=ZONE) for who in (scene.jo, scene.ana))
    counts = [CountsTopic(who.id) for who in (scene.jo, scene.ana)]

    shown = await reader.show(jos, anas, *counts, since=since)

    gone = shown[jos].by_id(f"conv-{conversation}")
    assert gone is not None
    assert gone.attributes["data-gone"] == ""
    assert [row.id for row in shown[anas].all("conv")] == [f"conv-{conversation}"]
    mine = [shown[topic].by_id("count-mine") for topic in counts]
    assert [count.words for count in mine if count is not None] == ["", "1"]


@pytest.mark.parametrize("how", ["a reply", "a text", "texts together"])
async def test_when_the_last_segment_is_spent_every_open_composer_and_every_page_is_told(
    scene: Scene, reader: Reader, how: str
) -> None:
    conversation, elsewhere = await scene.text_in(MAYA), await scene.text_in(TOM)
    await scene.tenant.execute(tables.segment_balances.update().values(balance=1))
    since = await reader.now()
    if how == "a reply":
        await scene.reply(conversation)
    elif how == "a text" or scene.tenant.database.dialect == "sqlite":
        await scene.text_in(MAYA)
    else:
        assert await Intake(scene.tenant.database).store(scene.account, scene.sms(MAYA))
    thread, other_thread, counts = (
        ThreadTopic(conversation),
        ThreadTopic(elsewhere),
        CountsTopic(scene.jo.id),
    )
    shown = await reader.show(thread, other_thread, counts, since=since)
    for topic in (thread, other_thread):
        state = shown[topic].by_id("composer-state")
        assert state is not None
        assert state.attributes["data-state"] != "open"
    told = shown[counts].by_id("banners")
    assert told is not None
    assert told.words == "No segments left. Messages can be read, but not sent. Ask an admin."

    since = await reader.now()
    await balance.top_up(scene.tenant, "Kim", 5, "")
    shown = await reader.show(thread, counts, since=since)
    state, told = shown[thread].by_id("composer-state"), shown[counts].by_id("banners")
    assert state is not None
    assert told is not None
    assert state.attributes["data-state"] == "open"
    assert told.words == ""


def bell(frame: Element) -> str | None:
    """The number on the bell; None when the frame does not tell it."""
    found = frame.by_id("count-notifications")
    return None if found is None else found.words


async def test_only_who_is_notified_is_told_and_by_no_more_queries_for_more_pages(scene: Scene, reader: Reader) -> None:
    conversation = await scene.text_in()
    since = await reader.now()
    note = await notes.write(scene.tenant, scene.jo, conversation, note_id=new_id(), body="@Ana Ruiz <b>look</b>")
    jos, anas = CountsTopic(scene.jo.id), CountsTopic(scene.ana.id)
    shown = await reader.show(SHARED, jos, anas, since=since)
    assert shown.keys() == {anas}
    assert bell(shown[anas]) == "1"
    assert shown[anas].by_id("count-shared") is None
    (news,) = [element.attributes for element in shown[anas] if "data-news" in element.attributes]
    assert (news["data-title"], news["data-text"], news["data-conv"]) == (
        "Jo Park mentioned you in a note.",
        "@Ana Ruiz <b>look</b>",
        conversation,
    )
    with plans.remembered() as few:
        await reader.show(anas, since=since)
    with plans.remembered() as many:
        await reader.show(anas, jos, *(CountsTopic(new_id()) for _ in range(20)), since=since)
    assert len(few) == len(many)

    since = await reader.now()
    await notifications.read_in(scene.tenant, scene.ana, conversation)
    read = await reader.show(jos, anas, ThreadTopic(conversation), since=since)
    assert {topic: bell(frame) for topic, frame in read.items()} == {anas: ""}
    assert note.seq <= since.seq


async def test_who_is_given_a_conversation_is_told_the_tabs_and_the_bell_at_once(scene: Scene, reader: Reader) -> None:
    conversation = await scene.text_in()
    since = await reader.now()
    await handling.assign(scene.tenant, scene.jo, conversation, scene.ana.id, version=0)
    anas, jos = CountsTopic(scene.ana.id), CountsTopic(scene.jo.id)
    shown = await reader.show(anas, jos, since=since)
    assert bell(shown[anas]) == "1"
    assert shown[anas].by_id("count-mine").words == "1"  # type: ignore[union-attr]
    assert jos not in shown or bell(shown[jos]) is None


async def test_an_event_of_a_newer_build_may_change_a_row(scene: Scene, reader: Reader) -> None:
    conversation = await scene.text_in()
    since = await reader.now()
    await handling.mark_read(scene.tenant, scene.jo, conversation, seen=since.seq)
    await scene.tenant.execute(update(tables.events).where(tables.events.c.seq > since.seq).values(kind="brand.new"))
    assert SHARED in await reader.show(SHARED, since=since)


async def test_who_sees_only_their_own_is_told_of_nothing_else(scene: Scene, reader: Reader) -> None:
    maya, tom = await scene.text_in(MAYA), await scene.text_in(TOM)
    await handling.claim(scene.tenant, scene.jo, maya)
    since = await reader.now()
    mine = View(user_id=scene.jo.id, zone=ZONE)
    thread, counts = ThreadTopic(maya, only_of=scene.jo.id), CountsTopic(scene.jo.id, own_only=True)

    await scene.text_in(TOM, "For nobody yet")
    shown = await reader.show(mine, thread, counts, since=since)
    assert mine not in shown
    assert thread not in shown
    assert not any("For nobody yet" in element.attributes.get("data-text", "") for element in shown.get(counts, ()))

    await scene.text_in(MAYA, "For Jo")
    shown = await reader.show(mine, thread, counts, since=since)
    assert "For Jo" in shown[thread].words
    assert shown[counts].by_id("count-shared") is None
    assert [element.attributes["data-name"] for element in shown[counts] if "data-news" in element.attributes] == [
        "+61 491 570 110"
    ]
    assert tom not in {element.id.removeprefix("conv-") for element in shown[mine]}


async def test_a_thread_that_is_given_away_is_gone_within_the_frame(scene: Scene, reader: Reader) -> None:
    maya = await scene.text_in(MAYA)
    await handling.claim(scene.tenant, scene.jo, maya)
    since = await reader.now()
    await handling.assign(scene.tenant, scene.ana, maya, scene.ana.id, version=1)
    mine = View(user_id=scene.jo.id, zone=ZONE)
    jos, anas = ThreadTopic(maya, only_of=scene.jo.id), ThreadTopic(maya)
    happened = await EventLog(scene.tenant.database).read(scene.tenant.channel, since.seq, 10)
    pieces = reader.frames(scene.tenant.channel, {mine: since, jos: since, anas: since}, happened, await reader.now())
    frames = {topic: text async for piece in pieces for topic, text in piece.items()}
    assert frames[jos] == GIVEN_AWAY
    assert "Assigned to Ana Ruiz" in frames[anas]
    assert f'id="conv-{maya}" data-gone' in frames[mine]


async def test_a_notification_of_what_was_given_away_is_not_counted(scene: Scene, reader: Reader) -> None:
    maya = await scene.text_in(MAYA)
    await handling.assign(scene.tenant, scene.ana, maya, scene.jo.id, version=0)
    since = await reader.now()
    await notes.write(scene.tenant, scene.ana, maya, note_id=new_id(), body="@Jo Park look")
    await handling.assign(scene.tenant, scene.ana, maya, scene.ana.id, version=1)
    everything, own = CountsTopic(scene.jo.id), CountsTopic(scene.jo.id, own_only=True)
    for topic, number in ((everything, "2"), (own, "")):
        bell = (await reader.show(topic, since=since))[topic].by_id("count-notifications")
        assert bell is not None
        assert bell.words == number
