"""What is left of a candidate who was erased: figures, bills, and that they want no texts."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from inbox.automation import campaign_gathering, campaigns
from inbox.candidates import labels, numbers, people, searchable
from inbox.candidates.choices import Choice
from inbox.errors import NotFound, Refused
from inbox.languages import _, stored
from inbox.messaging import claims, delivery, inbound, notes, saved_views, scheduling, sending
from inbox.messaging.inbound import Arrival
from inbox.messaging.intake import Intake
from inbox.messaging.views import View
from inbox.reports import erasing, erasures, retention, searches
from inbox.reports.erasures import CopyDeleter
from inbox.storage import copies, jobs, tables
from inbox.storage.columns import new_id
from inbox.storage.jobs import Job, Postponed
from inbox.storage.schema import sqlite_path
from inbox.storage.scrubbing import SCRUB, scrub
from providers.contract import Media as IncomingMedia
from providers.sandbox.message import Status
from tests.messaging.scene import KEY, MAYA, TOM, Scene
from tests.messaging.twilio import Twilio
from tests.reports.story import LONG_DAY, SHORT_DAY
from tests.web.test_media import fetched

pytestmark = pytest.mark.anyio

CANARIES = ("Quetzalcoatl", "quetzal@example.test", "kingfisher", MAYA, MAYA[1:], "91570110")


@pytest.fixture(autouse=True)
def keys(scene: Scene) -> None:
    """The process has its keys."""
    scene.tenant.database.number_keys = (KEY,)


async def known(scene: Scene, number: str = MAYA) -> str:
    """A candidate of whom much is known, with texts both ways, a note, a tag and a text for later; the id."""
    tenant, jo = scene.tenant, scene.jo
    conversation = await scene.text_in(number, "I am Quetzalcoatl, call me a kingfisher")
    candidate = await people.by_number(tenant, number)
    profile = {"name": "Quetzalcoatl Smith", "email": "quetzal@example.test", "city": "Kingfisher Creek"}
    await tenant.execute(
        update(tables.candidates)
        .where(tables.candidates.c.organisation_id == tenant.organisation_id, tables.candidates.c.id == candidate)
        .values(**profile)
    )
    message = await scene.reply(conversation, "Hello Quetzalcoatl")
    await scene.accepted(message)
    path = f"/2010-04-01/Accounts/{scene.account.account_sid}/Messages/MM{1:032x}/Media/ME{1:032x}"
    document = IncomingMedia(f"https://api.twilio.com{path}", "application/pdf")
    assert await inbound.receive(tenant, scene.account, scene.sms(number, "", media=(document,)))
    (carried,) = await tenant.fetch_all(select(tables.message_media).where(tables.message_media.c.state == "waiting"))
    await fetched(scene, carried, b"%PDF-1.7\n%the papers of Quetzalcoatl")
    await notes.write(tenant, jo, conversation, note_id=new_id(), body="Quetzalcoatl is a kingfisher")
    tag = await labels.ensure(tenant, "tag", "Nurse")
    async with tenant.transaction():
        await labels.add(tenant, tag, [candidate])
    await scheduling.schedule(
        tenant,
        jo,
        conversation,
        text_id=new_id(),
        body="kingfisher",
        send_at=datetime.now(UTC) + timedelta(days=1),
        regardless=True,
        seen=None,
    )
    return candidate


HANDLED = {
    "campaign_file_rows",  # of somebody who is known only ids
    "campaign_recipients",  # ids and a state; reasons are told without a name, and replaced
    "candidate_documents",
    "candidate_import_rows",
    "candidate_links",
    "candidate_numbers",
    "chatbot_sessions",
    "consents",
    "conversations",
    "dead_numbers",
    "erasures",
    "events",  # ids
    "export_candidates",
    "history_import_rows",  # of a text that was stored no words are left
    "label_change_members",
    "label_members",
    "merged_candidates",
    "message_media",
    "messages",
    "notes",
    "notifications",
    "opt_outs",
    "scheduled_texts",
    "search_documents",
    "webhook_deliveries",  # ids and facts of ours; texts and names are read when they are told
    "workflow_executions",  # the workflow's own steps
    "workflow_triggers",
    "embed_sessions",
    "report_moves",
}
"""Tables about one candidate: emptied, or of ids and words of our own."""


def test_a_new_table_about_candidates_has_to_be_thought_of() -> None:
    theirs = {"candidate_id", "conversation_id", "candidate_number"}
    about = {table.name for table in tables.metadata.sorted_tables if theirs & set(table.c.keys())}
    about |= {table.name for table in tables.metadata.sorted_tables if "number" in table.c and table.name != "labels"}
    assert about - HANDLED == {"company_numbers", "label_changes"}


async def dump(scene: Scene) -> str:
    """Every row of every table, as text."""
    rows = [
        str(dict(row._mapping))
        for table in tables.metadata.sorted_tables
        for row in await scene.tenant.database.fetch_all(select(table))
    ]
    return "\n".join(rows)


async def test_nothing_personal_is_left_in_any_table(scene: Scene) -> None:
    candidate = await known(scene)
    before = await dump(scene)
    assert all(word in before for word in (*CANARIES, "the papers of Quetzalcoatl"))
    done = await erasing.erase(scene.tenant, candidate, actor="Jo Park")
    after = await dump(scene)
    assert [word for word in CANARIES if word.casefold() in after.casefold()] == []
    counted = {name: asdict(done)[name] for name in ("texts", "files", "notes", "copies", "left", "cause")}
    assert counted == {"texts": 3, "files": 1, "notes": 1, "copies": 3, "left": 3, "cause": "request"}
    charged = await scene.tenant.fetch_all(select(tables.segment_log).where(tables.segment_log.c.kind == "sent"))
    assert len(charged) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_word_is_left_in_the_files_of_sqlite_nor_in_a_backup(
    scene: Scene, sqlite_url: str, tmp_path: Path
) -> None:
    candidate, file = await known(scene), sqlite_path(sqlite_url)
    assert file is not None
    for number in range(30):  # pages are split, and parts of the index merged
        await scene.text_in(f"+6149157{number:04d}", f"Hello number {number}" * 20)
        await scene.text_in(MAYA, f"kingfisher {number} " * number * 4)

    def found() -> list[str]:
        raw = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*")).lower()
        return [word for word in CANARIES if word.lower().encode() in raw]

    assert found() == list(CANARIES)
    await erasing.erase(scene.tenant, candidate, actor="Jo Park")
    (job,) = await jobs.claim(scene.tenant.database, kinds=[SCRUB], limit=5, lease_seconds=60)
    while isinstance(await scrub(scene.tenant, job), Postponed):
        pass
    assert found() == []
    copies.take(sqlite_url, tmp_path / "copy.db")
    raw = (tmp_path / "copy.db").read_bytes().lower()
    assert [word for word in CANARIES if word.lower().encode() in raw] == []
    assert (await scene.row(await scene.conversation("+61491570001"))).last_text.startswith("Hello number 1")


async def campaign(scene: Scene, searched: str) -> str:
    """A campaign to whom a search finds, looked through; its id."""
    choice = Choice(q=searched)
    found = await campaigns.create(
        scene.tenant, scene.jo, name="Thursday", body="Hi", choice=choice, only_consented=False
    )
    (job,) = await jobs.claim(scene.tenant.database, kinds=[campaigns.GATHER], limit=1, lease_seconds=60)
    assert await campaign_gathering.gather(scene.tenant, job) is None
    await jobs.done(scene.tenant.database, job)
    return found


async def test_campaigns_name_nobody_beside_an_id_and_forget_whom_they_searched_for(scene: Scene) -> None:
    tenant, recipients = scene.tenant, tables.campaign_recipients
    candidate = await known(scene)
    await searchable.changed(tenant, candidate)
    stopped, held, others = [await campaign(scene, one) for one in ("quetzal", "quetzalcoatl smith", "Nurse")]
    await tenant.execute(
        update(recipients)
        .where(recipients.c.campaign_id == held)
        .values(reason=stored(_("%(name)s opted out.", name="Quetzalcoatl")))  # of an earlier version
    )
    await saved_views.create(tenant, scene.jo, View(scene.jo.id, "UTC", q="Quetzalcoatl"), name="Mine", shared=False)
    await scene.text_in(MAYA, "please stop texting me")
    rows = await tenant.fetch_all(select(recipients).where(recipients.c.campaign_id == stopped))
    assert [(row.state, "Quetzalcoatl" in row.reason) for row in rows] == [("refused", False)]
    await erasing.erase(tenant, candidate, actor="Jo Park")
    after = await dump(scene)
    assert [word for word in CANARIES if word.casefold() in after.casefold()] == []
    asked = {one: (await campaigns.find(tenant, one)).choice.q for one in (stopped, held, others)}
    assert asked == {stopped: searches.NAME, held: searches.NAME, others: "Nurse"}


async def test_a_queued_text_is_not_sent_and_costs_nothing(scene: Scene) -> None:
    conversation = await scene.text_in(TOM)
    message = await scene.reply(conversation)
    await erasing.erase(scene.tenant, await people.by_number(scene.tenant, TOM), actor="Jo Park")
    row = await scene.tenant.fetch_one(select(tables.messages).where(tables.messages.c.id == message.id))
    assert row is not None
    assert (row.status, row.body) == ("canceled", "")
    kinds = await scene.tenant.fetch_all(
        select(tables.segment_log.c.kind).where(tables.segment_log.c.message_id == message.id)
    )
    assert {one.kind for one in kinds} == {"sent", "returned"}


async def test_a_late_report_and_a_new_reply_change_nothing(scene: Scene) -> None:
    candidate = await known(scene)
    conversation = await scene.conversation(MAYA)
    message = await scene.tenant.fetch_one(select(tables.messages).where(tables.messages.c.direction == "out"))
    await erasing.erase(scene.tenant, candidate, actor="Jo Park")
    assert message is not None
    await scene.report(message, "undelivered", sid=message.provider_message_id, error_code=30003)
    row = await scene.row(conversation)
    assert (row.failed, row.closed_at is None, row.unread) == (0, False, 0)
    with pytest.raises(Refused):
        await scene.reply(conversation)


async def test_who_opted_out_is_known_again_and_who_had_not_may_be_texted(scene: Scene) -> None:
    tenant = scene.tenant
    for number in (MAYA, TOM):
        await scene.text_in(number, "STOP" if number == MAYA else "Hello")
        await erasing.erase(tenant, await people.by_number(tenant, number), actor="Jo Park")
    assert await tenant.fetch_all(select(tables.opt_outs)) == []
    again = [await scene.text_in(number, "Hello again") for number in (MAYA, TOM)]
    assert [(await scene.row(one)).opted_out_at is not None for one in again] == [True, False]
    with pytest.raises(Refused):
        await scene.reply(again[0])
    await scene.text_in(MAYA, "START")
    assert (await scene.row(again[0])).opted_out_at is None


async def test_what_was_texted_before_and_comes_late_is_not_kept_on_any_way(scene: Scene) -> None:
    candidate, came = await known(scene), datetime.now(UTC)
    await erasing.erase(scene.tenant, candidate, actor="Jo Park")
    late = scene.sms(MAYA, "Quetzalcoatl is late")
    assert await inbound.store(scene.tenant, scene.account, late, received_at=came) is Arrival.ERASED
    assert [word for word in CANARIES if word.casefold() in (await dump(scene)).casefold()] == []
    conversation = await scene.text_in(MAYA, "Somebody else has this number now")
    for body in ("STOP", "Quetzalcoatl"):
        sms = scene.sms(MAYA, body)
        if not await Intake(scene.tenant.database).store(scene.account, sms, kept_since=came):
            assert await inbound.store(scene.tenant, scene.account, sms, received_at=came) is Arrival.ERASED
    assert "Quetzalcoatl" not in await dump(scene)
    assert (await scene.row(conversation)).opted_out_at is not None
    now = scene.sms(MAYA, "On time")
    assert await inbound.store(scene.tenant, scene.account, now, received_at=datetime.now(UTC)) is Arrival.LIVE


async def test_the_list_of_the_provider_brings_nothing_back(scene: Scene) -> None:
    candidate = await known(scene)
    row = await scene.tenant.fetch_one(select(tables.messages).where(tables.messages.c.direction == "in"))
    assert row is not None
    await erasing.erase(scene.tenant, candidate, actor="Jo Park")
    told = scene.sms(MAYA, "I am Quetzalcoatl", provider_message_id=row.provider_message_id)
    assert not await inbound.receive(scene.tenant, scene.account, told)


async def test_twilio_deletes_each_of_its_copies_also_after_it_was_away(scene: Scene, twilio: Twilio) -> None:
    conversation = await scene.text_in(TOM)
    message = await scene.reply(conversation)
    worker, job = CopyDeleter(twilio.line), Job(scene.tenant.organisation_id, new_id(), "", "", 1, "")
    await twilio.start()
    assert await sending.send_now(scene.tenant, twilio.line, message.id, 1) is None
    (sent,) = twilio.sandbox.messages.newest_first(scene.account.account_sid)
    done = await erasing.erase(scene.tenant, await people.by_number(scene.tenant, TOM), actor="Jo Park")
    job = replace(job, subject=done.id)
    twilio.sandbox.force_status(sent, Status.QUEUED)
    assert isinstance(await worker(scene.tenant, job), float)
    twilio.sandbox.force_status(sent, Status.DELIVERED)
    assert await worker(scene.tenant, job) is None
    assert twilio.sandbox.messages.get(sent.sid) is None
    assert (await erasures.of_candidate(scene.tenant, done.candidate_id)).left == 0


async def test_the_copies_of_every_attempt_are_deleted(scene: Scene) -> None:
    conversation = await scene.text_in(TOM)
    failed = await scene.failed(conversation)
    again = await scene.retried(conversation, failed)
    second = await scene.accepted(again)
    third = f"SM{7:032x}"
    await scene.report(again, "delivered", sid=third, attempt=2)  # sent twice: Twilio had hidden one from its list
    done = await erasing.erase(scene.tenant, await people.by_number(scene.tenant, TOM), actor="Jo Park")
    copies = await scene.tenant.fetch_all(select(tables.erased_copies.c.provider_message_id))
    assert {row.provider_message_id for row in copies} >= {failed.provider_message_id, second, third}
    assert (done.copies, len(copies)) == (4, 4)  # with what came in


async def test_a_hold_keeps_everything(scene: Scene) -> None:
    candidate = await known(scene)
    await retention.hold(scene.tenant, candidate, "A claim is open")
    with pytest.raises(Refused, match="A claim is open"):
        await erasing.erase(scene.tenant, candidate, actor="Jo Park")
    await retention.hold(scene.tenant, candidate, None)
    await erasing.erase(scene.tenant, candidate, actor="Jo Park")


async def test_texts_of_a_shared_number_stay_until_it_is_said_whose_they_are(scene: Scene) -> None:
    candidate = await known(scene)
    other = await people.create(scene.tenant, name="Ines Roth")
    async with scene.tenant.transaction():
        await numbers.share(scene.tenant, other, MAYA)
    with pytest.raises(Refused, match="Somebody else has"):
        await erasing.erase(scene.tenant, candidate, actor="Jo Park")
    async with scene.tenant.transaction():
        await numbers.drop(scene.tenant, other, MAYA)
    await erasing.erase(scene.tenant, candidate, actor="Jo Park")


async def test_erasing_again_after_a_restore_counts_only_what_is_new(scene: Scene) -> None:
    candidate = await known(scene)
    await erasing.erase(scene.tenant, candidate, actor="Jo Park")
    again = await erasing.erase(scene.tenant, candidate, actor="Jo Park")
    assert (again.texts, again.notes, again.copies) == (3, 1, 3)


async def test_nobody_of_another_organisation_is_touched(scene: Scene, other: Scene) -> None:
    await other.text_in(MAYA, "I am Quetzalcoatl")
    theirs = await people.by_number(other.tenant, MAYA)
    with pytest.raises(NotFound):
        await erasing.erase(scene.tenant, theirs, actor="Jo Park")
    await erasing.erase(scene.tenant, await known(scene), actor="Jo Park")
    assert (await other.row(await other.conversation(MAYA))).last_text == "I am Quetzalcoatl"


async def known_since(scene: Scene, number: str, at: datetime) -> str:
    """Somebody whose last text was then; the id."""
    await scene.text_in(number)
    candidate = await people.by_number(scene.tenant, number)
    for table, values in (
        (tables.candidates, {"created_at": at}),
        (tables.conversations, {"last_message_at": at}),
    ):
        key = table.c.id if table is tables.candidates else table.c.candidate_id
        await scene.tenant.execute(update(table).where(key == candidate).values(**values))
    return candidate


async def test_who_was_last_texted_longer_ago_than_the_rule_of_the_country_is_due(
    scene: Scene, other: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2028, 3, 31, 3, tzinfo=UTC)
    monkeypatch.setattr("inbox.clock.now", lambda: now)
    old = datetime(2028, 2, 29, 2, 59, tzinfo=UTC)
    australian = await known_since(scene, MAYA, old)
    british = await known_since(scene, "+447700900170", old)
    await known_since(scene, TOM, old + timedelta(minutes=2))
    await known_since(other, MAYA, old)
    held = await known_since(scene, "+61491570157", old)
    await retention.hold(scene.tenant, held, "A claim is open")
    assert [one async for one in retention.due(scene.tenant)] == []
    await retention.decide(scene.tenant, {"": 1, "gb": 2})
    assert [one async for one in retention.due(scene.tenant)] == [australian]
    await retention.decide(scene.tenant, {"gb": 1})
    assert [one async for one in retention.due(scene.tenant)] == [british]
    assert await retention.purge_all(scene.tenant.database, most=10) == 1
    assert await retention.purge_all(scene.tenant.database, most=10) == 0
    assert (await erasures.of_candidate(scene.tenant, british)).cause == "retention"


async def test_a_copy_that_a_report_names_only_after_the_erasure_is_deleted_too(scene: Scene) -> None:
    tenant, candidate = scene.tenant, await known(scene)
    message = await scene.tenant.fetch_one(select(tables.messages).where(tables.messages.c.direction == "out"))
    assert message is not None
    done = await erasing.erase(tenant, candidate, actor="Jo Park")
    before = await dump(scene)
    for sid in (message.provider_message_id, "SMfirst", "SMfirst"):  # of another attempt, and told twice
        await scene.report(message, "undelivered", sid=sid)
    for job in await jobs.claim(tenant.database, kinds=[delivery.COPY_TOLD], limit=5, lease_seconds=60):
        assert job.subject == message.id
        await erasures.add_told(tenant, job)
    copies = await tenant.fetch_all(select(tables.erased_copies.c.provider_message_id))
    assert "SMfirst" in {row.provider_message_id for row in copies}
    after = await erasures.of_candidate(tenant, candidate)
    assert (after.copies, after.left) == (done.copies + 1, done.left + 1)
    assert [word for word in CANARIES if word in before + await dump(scene)] == []


async def test_a_text_of_which_nobody_knows_whether_it_went_out_is_kept_until_it_is_found(
    scene: Scene,
) -> None:
    message = await scene.reply(await scene.text_in(TOM))
    claim = new_id()
    assert await claims.claim(scene.tenant, message.id, claim)
    await claims.doubt(scene.tenant, message.id, claim)
    tom = await people.by_number(scene.tenant, TOM)
    with pytest.raises(Refused, match="being sent at this moment"):
        await erasing.erase(scene.tenant, tom, actor="Jo Park")


@pytest.mark.parametrize("odd_day", [LONG_DAY, SHORT_DAY])
async def test_the_time_is_over_at_one_moment_also_where_the_clocks_are_changed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, odd_day: datetime
) -> None:
    change = odd_day + timedelta(hours=3 if odd_day == LONG_DAY else 2)  # 3:00 becomes 2:00, 2:00 becomes 3:00
    last = retention.before(change, 6) + timedelta(minutes=30)
    await known_since(scene, MAYA, last)
    await known_since(scene, TOM, last + timedelta(hours=1))
    await retention.decide(scene.tenant, {"": 6})
    removed = []
    for minutes in range(-120, 180, 60):
        now = change + timedelta(minutes=minutes)
        monkeypatch.setattr("inbox.clock.now", lambda now=now: now)
        removed.append(await retention.purge_all(scene.tenant.database, most=10))
    assert removed == [0, 0, 0, 1, 1]
