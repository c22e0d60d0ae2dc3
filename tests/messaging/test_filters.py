"""What a view shows: the page, the live match and a plain model of it in Python agree, for any data and any view."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from inbox import clock
from inbox.messaging import filters, finding, searchable
from inbox.messaging.views import NOBODY, Range, View
from inbox.storage import search_documents as documents
from inbox.storage import search_terms, tables
from inbox.storage.columns import new_id
from inbox.storage.database import Database
from inbox.storage.words import words
from providers.contract import DeliveryStatus
from tests.messaging.scene import Scene, organisation

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 4, 7, 3, 2, tzinfo=UTC)
ZONE = "Australia/Melbourne"
NAMES = ("Maya Chen", "Tom O'Neill", "Zoë Ångström 100%", "陈美玲", None)
BODIES = ("Hello", "Is the JOB still open?", "100% sure_thing", "Open the still water", "👍 ok", "Straße 570")
SEARCHES = (
    *(
        "",
        "",
        "",
        "",
        "",
        "maya",
        "JOB",
        "job is",
        "maya op",
        "100%",
        "_thing",
        "+61 491 570",
        "570",
        "570 0",
        "0491 570",
    ),
    *(
        '"still open"',
        '"still open',
        "the still",
        '"the" hello',
        "o'neill",
        "neil",
        '"neil"',
        "zoe ang",
        "美玲",
        "玲美",
    ),
    *(
        "maya OR tom",
        "job OR NOT hello",
        "hello NOT open",
        "NOT hello",
        "NOT 570",
        "570 NOT 0",
        "maya AND op",
        "the OR",
    ),
    *('"still OR open"', "nothing OR open NOT the", "OR", "NOT", "maya OR"),
    *("👍", "STRASSE", "h", "hello 57", "nothing of this", "%", '"', '""'),
)
TAGS = ("01a209d6-0000-7000-8000-000000000003", "01a209d6-0000-7000-8000-000000000004")
JOBS = ("Registered Nurse, Geelong", "Nurse", "Ärztin", None)
ASKED_JOBS = ("nurse", "geelong nur", "registered nurse, geelong", "arzt", "nurse ärztin", "regis nurse", "?!")


@dataclass(frozen=True)
class Told:
    """A conversation as the model knows it."""

    id: str
    name: str | None
    number: str
    assignee_id: str | None
    unread: int
    failed: int
    closed: bool
    messages: tuple[tuple[datetime, str], ...]
    waiting_since: datetime | None = None
    job: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def last_at(self) -> datetime:
        return self.messages[-1][0]


# Moments that fall close to the midnights of the week in which the clocks went back.
MOMENTS = st.builds(
    lambda days, seconds: (
        datetime.combine(date(2026, 4, 7) - timedelta(days=days), datetime.min.time(), ZoneInfo(ZONE)).astimezone(UTC)
        + timedelta(seconds=seconds)
    ),
    st.sampled_from([0, 1, 2, 3, 6, 7, 31, 32, 365, 366, 800]),
    st.sampled_from([-1, 0, 1, 3600, 7200, 10_000]),
).filter(lambda at: at <= NOW)


@st.composite
def any_conversation(draw: st.DrawFn) -> Told:
    """A conversation with messages around midnights; people are named by their place until they are stored."""
    closed = draw(st.sampled_from([False, False, True]))
    return Told(
        id=str(UUID(int=draw(st.integers(0, 2**128 - 1)), version=4)),
        name=draw(st.sampled_from(NAMES)),
        number=f"+61491570{draw(st.integers(0, 999)):03d}",
        assignee_id=draw(st.sampled_from(["jo", "ana", None])),
        unread=draw(st.integers(0, 2)),
        failed=draw(st.integers(0, 1)),
        closed=closed,
        waiting_since=None if closed else draw(st.one_of(st.none(), MOMENTS)),
        messages=tuple(sorted(draw(st.lists(st.tuples(MOMENTS, st.sampled_from(BODIES)), min_size=1, max_size=4)))),
        job=draw(st.sampled_from(JOBS)),
        tags=tuple(sorted(draw(st.sets(st.sampled_from(TAGS))))),
    )


@st.composite
def any_view(draw: st.DrawFn) -> View:
    """A view whose days lie where the messages are."""
    chosen: Range = draw(st.sampled_from(["today", "7d", "month", "year", "all", "custom"]))
    start = end = None
    if chosen == "custom":
        days = st.sampled_from([date(2026, 4, 7) + timedelta(days=days) for days in (-32, -7, -3, -2, -1, 0, 1)])
        first, last = sorted([draw(days), draw(days)])
        start, end = draw(st.sampled_from([(first, last), (first, None), (None, last)]))
    user_id = draw(st.sampled_from([None, "jo"]))
    return View(
        user_id=user_id,
        zone=ZONE,
        range=chosen,
        start=start,
        end=end,
        unread=draw(st.booleans()),
        failed=draw(st.booleans()),
        waiting=draw(st.sampled_from([False, False, True])),
        closed=draw(st.booleans()),
        owner=None if user_id else draw(st.sampled_from([None, None, NOBODY, "ana"])),
        tag=draw(st.sampled_from([None, None, *TAGS])),
        job=draw(st.sampled_from(["", "", "", *ASKED_JOBS])),
        q=draw(st.sampled_from(SEARCHES)),
    )


def shows(view: View, told: Told) -> bool:
    """The model: does this view show that conversation?"""
    start, end = view.bounds(NOW)
    return (
        view.user_id in (None, told.assignee_id)
        and view.owner in (None, told.assignee_id or NOBODY)
        and (not view.unread or told.unread > 0)
        and (not view.failed or told.failed > 0)
        and (not view.waiting or told.waiting_since is not None)
        and view.closed == told.closed
        and (view.tag is None or view.tag in told.tags)
        and (not view.job or has_job(view.job, told))
        and any((start is None or at >= start) and (end is None or at < end) for at, _ in told.messages)
        and (not view.q or is_found(view.q, told))
    )


def in_order(view: View, shown: list[Told]) -> list[str]:
    """The model: newest first, or who waits longest first."""
    newest_first = sorted(shown, key=lambda one: (one.last_at, one.id), reverse=True)
    if view.waiting:
        newest_first.sort(key=lambda one: one.id, reverse=True)
        newest_first.sort(key=lambda one: one.waiting_since or NOW)
    return [one.id for one in newest_first]


def has_job(asked: str, told: Told) -> bool:
    """The model of the job: every word is one of the job's, the last one may be unfinished."""
    found, wanted = words(told.job or ""), words(asked)
    return bool(wanted) and set(wanted[:-1]) <= set(found) and any(word.startswith(wanted[-1]) for word in found)


def is_found(q: str, told: Told) -> bool:
    """The model of a search: words are looked for in the name and in each text, digits in the number; NOT denies."""
    texts = [words(told.name or told.number), *(words(body) for _, body in told.messages)]
    return any(all(_holds(term, texts, told.number) for term in way) for way in search_terms.alternatives(q))


def _holds(term: search_terms.Term, texts: list[list[str]], number: str) -> bool:
    if isinstance(term, search_terms.Without):
        return not _holds(term.term, texts, number)
    if isinstance(term, search_terms.Number):
        return term.digits in number or all(_holds(phrase, texts, number) for phrase in term.typed)
    *whole, last = term.words
    return any(
        text[at : at + len(whole)] == whole and (word.startswith(last) if term.is_prefix else word == last)
        for text in texts
        for at, word in ((end - len(whole), text[end]) for end in range(len(whole), len(text)))
    )


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of four rows, so that a few conversations fill several and the index has to be asked."""
    monkeypatch.setattr(filters, "PAGE", 4)
    monkeypatch.setattr(finding, "ASKED_FIRST", 2)
    monkeypatch.setattr(finding, "OFTEN", 2)


async def store(scene: Scene, told: list[Told]) -> list[Told]:
    """Write the conversations; the same with the ids of the people who have them."""
    team = {"jo": scene.jo.id, "ana": scene.ana.id, None: None}
    stored = [replace(one, assignee_id=team[one.assignee_id]) for one in told]
    common = {"organisation_id": scene.tenant.organisation_id}
    candidates = {one.id: new_id() for one in stored}
    await _insert(
        scene,
        tables.candidates,
        [
            common
            | {
                "id": candidates[one.id],
                "name": one.name,
                "job": one.job,
                "sort_name": (one.name or one.number).casefold(),
            }
            for one in stored
        ],
    )
    await _insert(
        scene,
        tables.conversations,
        [
            common
            | {
                "id": one.id,
                "company_id": scene.company.id,
                "company_number_id": scene.number.id,
                "candidate_id": candidates[one.id],
                "candidate_number": one.number,
                "assignee_id": one.assignee_id,
                "unread": one.unread,
                "failed": one.failed,
                "closed_at": NOW if one.closed else None,
                "waiting_since": one.waiting_since,
                "first_message_at": one.messages[0][0],
                "last_message_at": one.last_at,
                "last_text": one.messages[-1][1],
            }
            for one in stored
        ],
    )
    await _insert(
        scene,
        tables.messages,
        [
            common
            | {
                "id": new_id(),
                "conversation_id": one.id,
                "direction": "in",
                "body": body,
                "status": DeliveryStatus.RECEIVED,
                "rank": 6,
                "provider_account_id": scene.account.id,
                "at": at,
            }
            for one in stored
            for at, body in one.messages
        ],
    )
    for one in stored:
        texts = [(at, body) for at, body in one.messages]
        marks = documents.job_marks(one.job) + "".join(map(documents.tag_marks, one.tags))
        await searchable.add(scene.tenant, one.id, one.name, one.number, texts, more_marks=marks)
    return stored


async def _insert(scene: Scene, table: object, rows: list[dict[str, object]]) -> None:
    if rows:
        await scene.tenant.execute(insert(table).values(rows))  # type: ignore[arg-type]


async def every_page(scene: Scene, view: View) -> list[str]:
    """The ids of all pages of a view, from the first to the last."""
    found, before = [], None
    for _ in range(100):
        page = await filters.page(scene.tenant, view, before=before)
        found += [row.id for row in page.rows]
        before = page.more
        if before is None:
            return found
        assert len(page.rows) == filters.PAGE
        assert page.rows[-1].key_in(view) == before
    raise AssertionError("the pages never end")


@pytest.mark.usefixtures("small_pages")
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    told=st.lists(any_conversation(), max_size=14, unique_by=(lambda one: one.number, lambda one: one.id)),
    asked=st.lists(any_view(), min_size=6, max_size=6),
)
async def test_page_and_live_match_agree_with_the_model(
    database: Database, told: list[Told], asked: list[View]
) -> None:
    scene = await organisation(database)
    stored = await store(scene, told)
    people = {None: None, NOBODY: NOBODY, "jo": scene.jo.id, "ana": scene.ana.id}
    wanted = [replace(view, user_id=people[view.user_id], owner=people[view.owner]) for view in asked]
    live = await filters.matching(scene.tenant, wanted, [one.id for one in stored])
    for view in wanted:
        shown = [one for one in stored if shows(view, one)]
        assert await every_page(scene, view) == in_order(view, shown), view
        assert live.get(view, frozenset()) == {one.id for one in shown}, view
        assert await filters.how_many(scene.tenant, view) == len(shown)
    counts = await filters.counts(scene.tenant, scene.jo.id)
    unread = [one for one in stored if one.unread > 0 and not one.closed]
    assert counts.shared == len(unread)
    assert counts.mine == sum(one.assignee_id == scene.jo.id for one in unread)


SHARED_TAB = View(user_id=None, zone=ZONE)


@pytest.mark.usefixtures("small_pages")
async def test_pages_have_no_double_and_no_gap_while_texts_come_in(scene: Scene) -> None:
    numbers = [f"+614915701{place:02d}" for place in range(15)]
    opened = [await scene.text_in(number) for number in numbers]
    seen: list[str] = []
    before, newcomers = None, iter(range(100))
    touched = set()
    while True:
        page = await filters.page(scene.tenant, SHARED_TAB, before=before)
        seen += [row.id for row in page.rows]
        before = page.more
        if before is None:
            break
        # The oldest ones come to the top and a stranger writes, while somebody reads on.
        touched.add(await scene.text_in(numbers[len(touched)], "Me again"))
        await scene.text_in(f"+614915702{next(newcomers):02d}", "New")
    assert len(seen) == len(set(seen))
    assert [id for id in reversed(opened) if id not in touched] == [id for id in seen if id not in touched]


async def test_a_key_that_nobody_gave_out_shows_a_page_all_the_same(scene: Scene) -> None:
    await scene.text_in()
    for key in (
        "",
        "x",
        "1.2",
        "00000000000000001.not-a-uuid-but-thirty-six-long-okay!",
        "99999999999999999." + "0" * 36,
    ):
        assert len((await filters.page(scene.tenant, SHARED_TAB, before=key)).rows) <= 1, key


async def test_a_conversation_in_which_nothing_was_written_is_not_listed(scene: Scene) -> None:
    conversation = await scene.text_in()
    await scene.tenant.execute(tables.conversations.update().values(last_message_at=None))
    assert (await filters.page(scene.tenant, SHARED_TAB)).rows == ()
    assert await filters.matching(scene.tenant, [SHARED_TAB], [conversation]) == {SHARED_TAB: frozenset()}


async def test_a_search_takes_letters_as_they_are_written(scene: Scene) -> None:
    await scene.text_in(body="Wie heißt die Straße?")
    for q in ("straße", "Straße", "STRAßE", "die straße"):
        assert len((await filters.page(scene.tenant, replace(SHARED_TAB, q=q))).rows) == 1, q


async def test_counts_stop_at_a_hundred(scene: Scene) -> None:
    await store(
        scene,
        [
            Told(
                new_id(), None, f"+44770090{place:04d}", "jo", 1, 0, False, ((NOW - timedelta(minutes=place), "Hello"),)
            )
            for place in range(101)
        ],
    )
    assert await filters.counts(scene.tenant, scene.jo.id) == filters.TabCounts(mine=100, shared=100)
