"""Every way to a candidate's phone keeps every rule: a walk through all of them, and none that the walk leaves out."""

import ast
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias, get_args

import pytest
import time_machine
from sqlalchemy import update

import inbox
from inbox import clock
from inbox.accounts import users
from inbox.accounts.roles import Role
from inbox.automation import campaign_gathering, campaign_tests, campaigns
from inbox.candidates import dead_numbers, people
from inbox.candidates.choices import Choice
from inbox.errors import Invalid, Refused
from inbox.messaging import (
    automatic_texts,
    blocks,
    bulk,
    conversations,
    decisions,
    due_texts,
    opening,
    outbound,
    permission,
    scheduled_texts,
    scheduling,
    starting,
)
from inbox.messaging.blocks import Asked, Held
from inbox.messaging.bulk import BulkText
from inbox.messaging.messages import Message
from inbox.storage import jobs, tables
from inbox.storage.columns import new_id
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Way: TypeAlias = Callable[["Case", str], Awaitable[None]]
Block: TypeAlias = Callable[["Case"], Awaitable[None]]

NIGHT = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
"""03:00 in Melbourne, where Tom is."""


class Case:
    """Jo and a conversation with Tom, to whom nobody has written yet, and what is to be sent."""

    def __init__(self, scene: Scene, conversation: str, failed: Message) -> None:
        self.scene, self.conversation, self.failed = scene, conversation, failed
        self.text_id = new_id()

    async def jo(self) -> users.User:
        return await users.find(self.scene.tenant, self.scene.jo.id)

    async def company(self, **values: object) -> None:
        await self.scene.tenant.execute(update(tables.companies).values(**values))


async def reply(case: Case, reason: str) -> None:
    await outbound.reply(
        case.scene.tenant,
        await case.jo(),
        case.conversation,
        message_id=case.text_id,
        body="Hi",
        seen=None,
        reason=reason,
    )


async def first_text(case: Case, reason: str) -> None:
    jo = await case.jo()
    candidate = (await conversations.find(case.scene.tenant, case.conversation)).candidate_id
    await starting.open_with(case.scene.tenant, jo, candidate_id=candidate, number=TOM)
    await reply(case, reason)


async def tried_campaign(case: Case, reason: str) -> None:
    tenant, jo = case.scene.tenant, await case.jo()
    await people.create(tenant, name="Maya Chen", number=MAYA, consent="By hand")
    campaign_id = await campaigns.create(
        tenant,
        jo,
        name="Test",
        body="Hi",
        choice=Choice(q="Maya"),
        only_consented=False,
        company_id=case.scene.company.id,
    )
    for job in await jobs.claim(tenant.database, kinds=[campaigns.GATHER], limit=1, lease_seconds=60):
        await campaign_gathering.gather(tenant, job)
    campaign, number = (
        await campaigns.find(tenant, campaign_id),
        (await case.scene.row(case.conversation)).candidate_number,
    )
    try:
        await campaign_tests.send(tenant, jo, campaign, number, message_id=case.text_id, reason=reason)
    except Invalid as error:
        raise Refused(error.sentence) from None


async def by_a_program(case: Case, reason: str) -> None:
    await outbound.reply(
        case.scene.tenant,
        await case.jo(),
        case.conversation,
        message_id=case.text_id,
        body="Hi",
        seen=None,
        path="api",
        reason=reason,
    )


async def try_again(case: Case, reason: str) -> None:
    await decisions.retry(case.scene.tenant, await case.jo(), case.conversation, case.failed.id, reason=reason)


async def schedule(case: Case, _: str) -> None:
    await scheduling.schedule(
        case.scene.tenant,
        await case.jo(),
        case.conversation,
        text_id=case.text_id,
        body="Hi",
        send_at=clock.now() + timedelta(hours=1),
        regardless=True,
        seen=None,
    )


async def send_scheduled_now(case: Case, reason: str) -> None:
    await _scheduled(case)
    await scheduling.send_now(case.scene.tenant, await case.jo(), case.conversation, case.text_id, reason=reason)


async def when_due(case: Case, _: str) -> None:
    await _scheduled(case)
    await due_texts.send_due(case.scene.tenant, case.text_id)
    for text in await scheduled_texts.of(case.scene.tenant, [case.conversation]):
        if text.stopped_at is not None:
            raise Refused(text.reason or "")
        assert text.held_until is not None
        raise Held(text.held_for or "", text.held_until)


async def _scheduled(case: Case) -> None:
    """As it was kept while nothing stood against it."""
    case.text_id = new_id()
    tenant = case.scene.tenant
    async with tenant.transaction():
        conversation = await conversations.find(tenant, case.conversation, lock=True)
        await scheduled_texts.add(
            tenant, await case.jo(), conversation, case.text_id, body="Hi", send_at=clock.now(), regardless=True
        )


def automatic(source: bulk.Source) -> Way:
    async def send(case: Case, _: str) -> None:
        text = BulkText(case.text_id, case.conversation, "Hi")
        async for batch in bulk.queue(case.scene.tenant, await case.jo(), [text], source=source):
            for why in batch.refused.values():
                raise Refused(why)
            for held in batch.held.values():
                assert held.until is not None
                raise Held(held.sentence, held.until)

    return send


async def chatbot(case: Case, _: str) -> None:
    tenant = case.scene.tenant
    async with tenant.transaction():
        conversation = await conversations.find(tenant, case.conversation, lock=True)
        block = await permission.answer(tenant, conversation)
        if block is not None:
            raise Refused(block.sentence)
        await automatic_texts.say(
            tenant,
            conversation,
            message_id=case.text_id,
            body="Hi",
            author="Chatbot",
            source="chatbot",
            values={},
        )


WAYS: dict[str, tuple[blocks.Path, Way]] = {
    "reply": ("reply", reply),
    "first text": ("reply", first_text),
    "test of a campaign": ("reply", tried_campaign),
    "by a program": ("api", by_a_program),
    "try again": ("retry", try_again),
    "schedule": ("schedule", schedule),
    "send a scheduled text now": ("reply", send_scheduled_now),
    "scheduled, when due": ("scheduled", when_due),
    "campaign": ("campaign", automatic("campaign")),
    "workflow": ("workflow", automatic("workflow")),
    "chatbot": ("chatbot", chatbot),
}


async def opted_out(case: Case) -> None:
    await case.scene.text_in(TOM, "STOP")


async def presumed(case: Case) -> None:
    await case.scene.text_in(TOM, "please stop texting me")


async def no_consent(case: Case) -> None:
    await case.company(needs_consent=True)


async def no_segments(case: Case) -> None:
    await case.scene.tenant.execute(update(tables.segment_balances).values(balance=0))


async def no_sender(case: Case) -> None:
    await case.scene.tenant.execute(update(tables.company_numbers).values(purpose="former"))


async def no_number(case: Case) -> None:
    await case.scene.tenant.execute(
        update(tables.conversations)
        .where(tables.conversations.c.id == case.conversation)
        .values(candidate_number="ACME")
    )


async def dead_number(case: Case) -> None:
    await dead_numbers.mark(case.scene.tenant, TOM, "landline", code=30006, author="Ana Ruiz")


async def erased(case: Case) -> None:
    await case.scene.tenant.execute(
        update(tables.conversations)
        .where(tables.conversations.c.id == case.conversation)
        .values(erased_at=clock.now(), opted_out_at=clock.now())
    )


async def quiet_hours(case: Case) -> None:
    await case.company(texting_hours="country")


async def above_the_cap(case: Case) -> None:
    await case.company(daily_cap=1)
    await case.scene.tenant.execute(
        update(tables.messages)
        .where(tables.messages.c.id == (await _other_text(case)).id)
        .values(at=clock.now() - timedelta(hours=2))
    )


async def _other_text(case: Case) -> Message:
    return await case.scene.reply(case.conversation, who=case.scene.ana)


async def sender_left(case: Case) -> None:
    await _change_jo(case, deactivated_at=clock.now())


async def role_without_right(case: Case) -> None:
    await _change_jo(case, role=Role.GUEST.value)


async def _change_jo(case: Case, **values: object) -> None:
    await case.scene.tenant.execute(update(tables.users).where(tables.users.c.id == case.scene.jo.id).values(**values))


BLOCKS: dict[Block, blocks.Kind] = {
    sender_left: blocks.Kind.SENDER_GONE,
    role_without_right: blocks.Kind.SENDER_GONE,
    erased: blocks.Kind.ERASED,
    presumed: blocks.Kind.PRESUMED,
    opted_out: blocks.Kind.OPTED_OUT,
    no_sender: blocks.Kind.NO_SENDER,
    no_number: blocks.Kind.NO_NUMBER,
    dead_number: blocks.Kind.DEAD_NUMBER,
    no_consent: blocks.Kind.NO_CONSENT,
    no_segments: blocks.Kind.NO_SEGMENTS,
    quiet_hours: blocks.Kind.QUIET,
    above_the_cap: blocks.Kind.CAP,
}
CALLERS = {
    "automation/chatbot_turns.py": {"automatic_texts.say"},
    "messaging/due_texts.py": {"scheduled_texts.send"},
    "messaging/scheduling.py": {"scheduled_texts.send"},
    "messaging/scheduled_texts.py": {"outbound.reply"},
    "messaging/decisions.py": {"outbound.queue_again"},
    "messaging/confirming.py": {"outbound.queue_again"},
    "automation/campaign_sending.py": {"bulk.queue"},
    "automation/trial_texts.py": {"outbound.reply"},
    "automation/workflow_texts.py": {"bulk.queue"},
    "web/composer.py": {"outbound.reply"},
    "web/api/messages.py": {"outbound.reply"},
}
"""Whoever puts a text into the outbox, each walked above; what is sent once more unasked was permitted before."""


async def case_of(scene: Scene) -> Case:
    """A text to Tom that failed, in a conversation in which he never wrote."""
    candidate_id = await people.create(scene.tenant, name="Tom Reed", number=TOM, city="Melbourne")
    async with scene.tenant.transaction():
        conversation = await opening.find_or_open(
            scene.tenant,
            company_id=scene.company.id,
            company_number_id=scene.number.id,
            candidate_id=candidate_id,
            candidate_number=TOM,
        )
    return Case(scene, conversation, await scene.failed(conversation))


async def outcome(case: Case, act: Way, reason: str = "") -> str:
    try:
        await act(case, reason)
    except Asked:
        return "asked"
    except Held as held:
        return "held" if held.until > clock.now() else "held in vain"
    except Refused:
        return "refused"
    return "sent"


def expected(kind: blocks.Kind, path: blocks.Path, way: str) -> str:
    if kind is blocks.Kind.NO_SENDER and way not in ("first text", "test of a campaign"):
        return "sent"  # a thread goes on with the number that it has
    if path == "chatbot" and (kind.passes or kind in (blocks.Kind.SENDER_GONE, blocks.Kind.NO_CONSENT)):
        return "sent"  # nobody's text, and an answer to one of this moment
    if not kind.passes:
        return "refused"
    if path == "schedule":
        return "sent"
    return "asked" if path in blocks.OF_PEOPLE else "held"


def test_the_walk_knows_every_way_and_every_block() -> None:
    assert {path for path, _ in WAYS.values()} == set(get_args(blocks.Path))
    assert set(BLOCKS.values()) == set(blocks.Kind)


def test_nobody_puts_a_text_into_the_outbox_on_a_way_that_is_not_walked() -> None:
    root, found = Path(inbox.__file__).parent, dict[str, set[str]]()
    wanted = {
        "outbound.reply",
        "outbound.queue_again",
        "bulk.queue",
        "scheduled_texts.send",
        "outbound.SEND",
        "automatic_texts.say",
    }
    for file in root.rglob("*.py"):
        if file.name.endswith("routes.py"):  # there a handler has the name of what it calls
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                names = {f"{node.value.id}.{node.attr}"}
            elif isinstance(node, ast.ImportFrom):
                names = {f"{(node.module or '').rpartition('.')[2]}.{one.name}" for one in node.names}
            else:
                continue
            if names & wanted:
                found.setdefault(str(file.relative_to(root)), set()).update(names & wanted)
    assert found.pop("worker.py", set()) <= {"outbound.SEND"}, "it only carries out"
    assert found.pop("automation/workflow_pace.py") == {"outbound.SEND"}, "it only counts"
    for file_of_its_own in ("messaging/bulk.py", "messaging/automatic_texts.py"):
        assert found.pop(file_of_its_own) == {"outbound.SEND"}
    assert found == CALLERS


def test_whoever_begins_a_conversation_asks_first_whether_there_is_a_number_to_text_from() -> None:
    root = Path(inbox.__file__).parent
    asking = {
        str(file.relative_to(root))
        for file in root.rglob("*.py")
        if {"company_numbers.first", "company_numbers.of_sender"}
        & {
            f"{node.value.id}.{node.attr}"
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        }
    }
    beginning = {"messaging/permission.py"}
    only_reading = {"automation/campaign_gathering.py", "embedded.py", "web/chatbot.py"}
    assert asking == beginning | only_reading


@on_sqlite
@pytest.mark.parametrize("way", WAYS)
async def test_a_way_is_free_when_nothing_stands_against_it(scene: Scene, way: str) -> None:
    with time_machine.travel(NIGHT, tick=True):
        assert await outcome(await case_of(scene), WAYS[way][1]) == "sent"


@on_sqlite
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.__name__)
async def test_every_block_holds_on_every_way(scene: Scene, way: str, block: Block) -> None:
    kind, (path, act) = BLOCKS[block], WAYS[way]
    with time_machine.travel(NIGHT, tick=True):
        case = await case_of(scene)
        await block(case)
        assert await outcome(case, act) == expected(kind, path, way)
        if path in blocks.OF_PEOPLE and kind.passes:
            assert await outcome(case, act, "She asked me to") == "sent"
