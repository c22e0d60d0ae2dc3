"""Bulk data is what the product would have stored: the same texts played through it leave the same rows."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from inbox import demo, seeding
from inbox.accounts.users import User
from inbox.candidates import labels, people
from inbox.messaging import handling, opening
from inbox.storage import events, migrate, tables
from inbox.storage import search_documents as documents
from inbox.storage.database import Database, Tenant
from inbox.storage.vault import Vault
from providers import segments
from tests import services
from tests.messaging.scene import KEY, Scene, organisation, person

pytestmark = pytest.mark.anyio

CONVERSATIONS, MESSAGES = 300, 2_400
PLAYED = 25
# What no two stores have in common: ids, times, and numbers that were given out. Segments have a test of their own, as
# the scene's Twilio counts one for every text.
OWN = {
    "organisation_id",
    "id",
    "conversation_id",
    "company_id",
    "author_id",
    "provider_account_id",
    "provider_message_id",
    "seq",
}
OWN |= {"segments", "claim", "claimed_at", "at", "sent_at", "delivered_at", "send_after", "waited_since"}
COMPARED = ("version", "unread", "failed", "unconfirmed", "last_text", "last_author")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def seeded_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a database with bulk data, written with indexes made anew."""
    with services.fresh_postgres_database() as fresh, pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeding, "MANY", 100)
        url = fresh if request.param == "postgresql" else f"sqlite:///{tmp_path_factory.mktemp('seeded')}/inbox.db"
        migrate.upgrade(url)
        asyncio.run(_seed(url))
        yield url


async def _seed(url: str) -> None:
    async with Database(url) as database:
        made = await demo.create(database, Vault([KEY]))
    seeding.fill(url, made.id, conversations=CONVERSATIONS, messages=MESSAGES)


@pytest.fixture
async def tenant(seeded_url: str, anyio_backend: str) -> Any:
    """The organisation with bulk data."""
    async with Database(seeded_url) as database:
        yield Tenant(database, await database.fetch_val("select id from organisations order by id limit 1"))


async def told(tenant: Tenant) -> list[tuple[Any, list[Any]]]:
    """Every bulk conversation with its messages, oldest first."""
    table, messages, lines = tables.conversations, tables.messages, tables.company_numbers
    ours = select(lines.c.id).where(lines.c.number.startswith("+4477009"))
    rows = await tenant.fetch_all(
        select(table, tables.candidates.c.name, tables.candidates.c.job)
        .join(tables.candidates, tables.candidates.c.id == table.c.candidate_id)
        .where(table.c.company_number_id.in_(ours))
        .order_by(table.c.id)
    )
    texts: dict[str, list[Any]] = {row.id: [] for row in rows}
    for message in await tenant.fetch_all(select(messages).order_by(messages.c.at, messages.c.id)):
        texts.get(message.conversation_id, []).append(message)
    return [(row, texts[row.id]) for row in rows]


async def test_there_is_as_much_as_was_asked_for_and_of_every_kind(tenant: Tenant) -> None:
    everything = await told(tenant)
    assert len(everything) == CONVERSATIONS
    assert sum(len(texts) for _, texts in everything) == MESSAGES
    assert len({row.candidate_number for row, _ in everything}) == CONVERSATIONS
    for name in ("assignee_id", "closed_at", "opted_out_at", "unread", "failed", "waiting_since", "last_author"):
        with_it = sum(bool(row[name]) for row, _ in everything)
        assert 0 < with_it < CONVERSATIONS, name
    assert len({row.assignee_id for row, _ in everything}) == 5


async def test_a_text_costs_the_segments_that_are_counted_for_it(tenant: Tenant) -> None:
    for _, texts in await told(tenant):
        for text in texts:
            assert text.segments == segments.measure(text.body).segments, text.body


async def test_a_search_document_is_made_of_the_name_the_number_the_tags_and_every_text(tenant: Tenant) -> None:
    query = select(tables.search_documents)
    kept = {row.conversation_id: row for row in await tenant.fetch_all(query)}
    tags: dict[str, list[str]] = {}
    for tag in await labels.all_of(tenant, "tag"):
        members = await labels.members(tenant, tag.id, after=None, most=CONVERSATIONS)
        assert len(members) == tag.size
        for candidate_id in members:
            tags.setdefault(candidate_id, []).append(tag.id)
    for row, texts in await told(tenant):
        written = [(text.at, text.body) for text in texts]
        more = documents.job_marks(row.job) + "".join(map(documents.tag_marks, tags.get(row.candidate_id, ())))
        made = documents.document(tenant.organisation_id, row.name, row.candidate_number, written, more_marks=more)
        found = kept[row.id]
        assert (found.words, found.marks, found.recency) == (made.words, made.marks, made.recency)


async def test_the_log_of_events_has_no_hole_and_names_the_texts_of_its_days(tenant: Tenant) -> None:
    kept = await tenant.fetch_all(select(tables.events).order_by(tables.events.c.seq))
    head = (await events.head(tenant)).seq
    assert [event.seq for event in kept] == list(range(head - len(kept) + 1, head + 1))
    assert [event.at for event in kept] == sorted(event.at for event in kept)
    numbers = [text.seq for _, texts in await told(tenant) for text in texts]
    assert len(set(numbers)) == len(numbers)
    added = {event.message_id: event.seq for event in kept if event.kind == events.EventKind.MESSAGE_ADDED}
    for _, texts in await told(tenant):
        assert [text.seq for text in texts] == sorted(text.seq for text in texts)
        for text in texts:
            assert added.get(text.id, text.seq) == text.seq
            assert (text.id in added) == (bool(kept) and text.seq >= kept[0].seq)


async def test_the_same_texts_played_through_the_product_leave_the_same_rows(tenant: Tenant) -> None:
    scene = await organisation(tenant.database, "Played", time_zone="UTC")
    team = await _same_team(tenant, scene)
    short = [(row, texts) for row, texts in await told(tenant) if len(texts) <= 12]
    for row, texts in short[:PLAYED]:
        conversation = await _play(scene, team, row, texts)
        played = await scene.row(conversation)
        assert [played[name] for name in COMPARED] == [row[name] for name in COMPARED]
        for name in ("assignee_id", "closed_by_id"):
            assert played[name] == (team[row[name]].id if row[name] else None), name
        for name in ("closed_at", "opted_out_at", "waiting_since"):
            assert (played[name] is None) == (row[name] is None), name
        await _same_texts(scene, conversation, texts)


async def _same_team(tenant: Tenant, scene: Scene) -> dict[str, User]:
    """The people of bulk data, by their ids there, once more in the scene."""
    people = await tenant.fetch_all(
        select(tables.users).where(tables.users.c.organisation_id == tenant.organisation_id)
    )
    return {one.id: await person(scene.tenant, f"{one.id}@played.test", one.name) for one in people}


async def _play(scene: Scene, team: dict[str, User], row: Any, texts: list[Any]) -> str:
    """Do what bulk data says was done; the id of the conversation."""
    conversation = ""
    candidate = await people.by_number(scene.tenant, row.candidate_number)
    theirs = tables.candidates.c.id == candidate
    await scene.tenant.execute(tables.candidates.update().where(theirs).values(job=row.job))
    for text in texts:
        if text.direction == "in":
            conversation = await scene.text_in(row.candidate_number, text.body)
            continue
        if not conversation:
            conversation = await _opened(scene, row.candidate_number)
        message = await scene.reply(conversation, text.body, who=team[text.author_id])
        sid = await scene.accepted(message)
        await scene.report(message, "sent", sid=sid)
        await scene.report(message, text.status, sid=sid, error_code=text.error_code)
    seen = (await events.head(scene.tenant)).seq
    if row.unread == 0:
        await handling.mark_read(scene.tenant, scene.jo, conversation, seen=seen)
    if row.closed_at:
        version = (await scene.row(conversation)).version
        await handling.close(scene.tenant, team[row.closed_by_id], conversation, version=version, seen=seen)
    if row.assignee_id is None:
        version = (await scene.row(conversation)).version
        await handling.assign(scene.tenant, scene.jo, conversation, None, version=version)
    return conversation


async def _opened(scene: Scene, number: str) -> str:
    return await opening.find_or_open(
        scene.tenant,
        company_id=scene.company.id,
        company_number_id=scene.number.id,
        candidate_id=await people.by_number(scene.tenant, number),
        candidate_number=number,
    )


async def _same_texts(scene: Scene, conversation: str, texts: list[Any]) -> None:
    stored = await scene.tenant.fetch_all(
        select(tables.messages).where(tables.messages.c.conversation_id == conversation).order_by(tables.messages.c.seq)
    )
    compared = [column.name for column in tables.messages.columns if column.name not in OWN]
    for mine, its in zip(stored, texts, strict=True):
        assert {name: mine[name] for name in compared} == {name: its[name] for name in compared}
        for name in OWN:
            assert (mine[name] is None) == (its[name] is None), name
        assert await _words_on(scene.tenant, mine.id) == await _words_on(scene.tenant, its.id)


async def _words_on(tenant: Tenant, message_id: str) -> list[tuple[Any, ...]]:
    log = tables.message_status_log
    rows = await tenant.fetch_all(
        select(log.c.status, log.c.error_code, log.c.applied).where(log.c.message_id == message_id).order_by(log.c.id)
    )
    return [tuple(row) for row in rows]
