"""Whatever happens in a conversation, its row says what its messages say."""

import contextlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from inbox import clock
from inbox.errors import Changed, Refused
from inbox.messaging import claims, decisions, handling, inbound, keywords
from inbox.messaging.messages import Message
from inbox.storage import events, tables
from inbox.storage.columns import new_id
from inbox.storage.database import Database
from providers.contract import DeliveryStatus, IncomingSms
from tests.messaging.scene import Scene, organisation

pytestmark = pytest.mark.anyio

CONNECTED = timedelta(days=1)
BODIES = st.sampled_from(["Hello", "STOP", "start", "  ", "😀" * 200])
STATUSES = st.sampled_from(["sent", "delivered", "undelivered", "failed", "read"])
DEEDS = st.one_of(
    st.tuples(st.just("text"), BODIES),
    st.tuples(st.just("late"), st.tuples(BODIES, st.sampled_from([0, 1, 1, 60, 3 * 24 * 60]))),
    st.tuples(st.just("repeat"), st.integers(0, 5)),
    st.tuples(st.just("reply"), st.integers(0, 1)),
    st.tuples(st.just("report"), st.tuples(st.integers(0, 5), STATUSES)),
    st.tuples(st.just("retry"), st.integers(0, 5)),
    st.tuples(st.just("lose"), st.integers(0, 5)),
    st.tuples(st.just("discard"), st.integers(0, 5)),
    st.tuples(st.just("read"), st.integers(0, 3)),
    st.tuples(st.just("close"), st.integers(0, 3)),
    st.tuples(st.just("reopen"), st.none()),
    st.tuples(st.just("snooze"), st.integers(0, 3)),
)


@dataclass
class Told:
    """What has happened so far, and what the row should say of it."""

    scene: Scene
    texts: list[IncomingSms] = field(default_factory=list)
    replies: list[Message] = field(default_factory=list)
    unread: int = 0
    is_waiting: bool = False
    is_blocked: bool = False
    is_closed: bool = False
    is_snoozed: bool = False
    conversation: str = ""
    words: list[datetime] = field(default_factory=list)

    async def text(self, body: str) -> None:
        sms = self.scene.sms(body=body)
        assert await inbound.receive(self.scene.tenant, self.scene.account, sms)
        self.texts.append(sms)
        self.conversation = await self.scene.conversation(sms.sender)
        self.is_closed = self.is_snoozed = False
        self.wait(sms)
        await self.obey(sms)

    async def late(self, told: tuple[str, int]) -> None:
        body, minutes = told
        sms, at = self.scene.sms(body=body), clock.now() - timedelta(minutes=minutes)
        account = replace(self.scene.account, created_at=clock.now() - CONNECTED)
        is_live = await inbound.receive(self.scene.tenant, account, sms, received_at=at)
        assert is_live == (timedelta(minutes=minutes) < CONNECTED)
        self.texts.append(sms)
        if is_live:
            self.wait(sms)
        self.is_closed, self.is_snoozed = self.is_closed and not is_live, self.is_snoozed and not is_live
        await self.obey(sms)

    def wait(self, sms: IncomingSms) -> None:
        """A live text waits for an answer, but not the provider's own words, nor where nobody may answer."""
        if keywords.keyword(sms) is None:
            self.unread, self.is_waiting = self.unread + 1, not self.is_blocked

    async def obey(self, sms: IncomingSms) -> None:
        """A STOP or START counts unless a newer one has counted."""
        keyword = keywords.keyword(sms)
        at = await self.scene.tenant.fetch_val(
            select(tables.messages.c.at).where(tables.messages.c.provider_message_id == sms.provider_message_id)
        )
        if keyword and all(word <= at for word in self.words):
            self.is_blocked = keyword == "stop"
            self.is_waiting = self.is_waiting and not self.is_blocked
            self.words.append(at)

    async def repeat(self, place: int) -> None:
        sms = self.texts[place % len(self.texts)]
        assert not await inbound.receive(self.scene.tenant, self.scene.account, sms)

    async def reply(self, who: int) -> None:
        user = (self.scene.jo, self.scene.ana)[who]
        if self.is_blocked:
            with pytest.raises(Refused):
                await self.scene.reply(self.conversation, who=user)
            return
        self.replies.append(await self.scene.reply(self.conversation, who=user))
        self.unread, self.is_waiting, self.is_closed = 0, False, False

    async def report(self, told: tuple[int, str]) -> None:
        place, status = told
        if self.replies:
            message = self.replies[place % len(self.replies)]
            code = 30003 if status in {"undelivered", "failed"} else None
            counted = await self.scene.report(message, status, sid=f"SM{message.id}", error_code=code)
            if counted and code:
                self.is_closed = self.is_snoozed = False

    async def retry(self, place: int) -> None:
        if self.replies and not self.is_blocked:
            with contextlib.suppress(Changed):
                await self.scene.retried(self.conversation, self.replies[place % len(self.replies)])

    async def lose(self, place: int) -> None:
        """The answer to a text got lost, and Twilio cannot tell either."""
        if self.replies:
            message, claim = self.replies[place % len(self.replies)], new_id()
            if await claims.claim(self.scene.tenant, message.id, claim):
                await claims.doubt(self.scene.tenant, message.id, claim)
                self.is_closed = self.is_snoozed = False
            await claims.leave_unconfirmed(self.scene.tenant, message.id)

    async def discard(self, place: int) -> None:
        if self.replies:
            message = self.replies[place % len(self.replies)]
            with contextlib.suppress(Changed):
                await decisions.discard(self.scene.tenant, self.scene.ana, self.conversation, message.id)

    async def read(self, behind: int) -> None:
        seen = (await events.head(self.scene.tenant)).seq - behind
        newer = await self._texts_after(seen)
        await handling.mark_read(self.scene.tenant, self.scene.ana, self.conversation, seen=seen)
        self.unread = self.unread if newer else 0

    async def close(self, behind: int) -> None:
        seen = (await events.head(self.scene.tenant)).seq - behind
        holds = not self.is_closed and await self._texts_after(seen)
        version = (await self.scene.row(self.conversation)).version
        closing = handling.close(self.scene.tenant, self.scene.ana, self.conversation, version=version, seen=seen)
        if holds:
            with pytest.raises(Changed):
                await closing
            return
        await closing
        if not self.is_closed:
            self.unread, self.is_waiting, self.is_closed, self.is_snoozed = 0, False, True, False

    async def reopen(self, _: None) -> None:
        version = (await self.scene.row(self.conversation)).version
        await handling.reopen(self.scene.tenant, self.scene.jo, self.conversation, version=version)
        self.is_closed = False

    async def snooze(self, behind: int) -> None:
        if self.is_closed:
            return
        seen = (await events.head(self.scene.tenant)).seq - behind
        holds = await self._texts_after(seen)
        version, until = (await self.scene.row(self.conversation)).version, clock.now() + timedelta(days=1)
        snoozing = handling.snooze(
            self.scene.tenant, self.scene.ana, self.conversation, until, version=version, seen=seen
        )
        if holds:
            with pytest.raises(Changed):
                await snoozing
            return
        await snoozing
        self.unread, self.is_snoozed = 0, True

    async def _texts_after(self, seen: int) -> int:
        found: int = await self.scene.tenant.fetch_val(
            select(func.count())
            .select_from(tables.messages)
            .where(
                tables.messages.c.organisation_id == self.scene.tenant.organisation_id,
                tables.messages.c.direction == "in",
                tables.messages.c.seq > seen,
            )
        )
        return found

    async def check(self) -> None:
        """The row agrees with the messages, and the log of events has no hole."""
        tenant = self.scene.tenant
        row = await self.scene.row(self.conversation)
        written = await tenant.fetch_all(
            select(tables.messages)
            .where(tables.messages.c.organisation_id == tenant.organisation_id)
            .order_by(tables.messages.c.seq)
        )
        assert len(written) == len(self.texts) + len(self.replies)
        statuses = [DeliveryStatus(message.status) for message in written]
        assert row.unconfirmed == statuses.count(DeliveryStatus.UNCONFIRMED)
        assert row.failed == row.unconfirmed + sum(status.is_failure for status in statuses)
        assert (row.unread, row.waiting_since is not None) == (self.unread, self.is_waiting)
        assert (row.opted_out_at is not None) == self.is_blocked
        assert ((row.closed_at is not None), (row.closed_by_id is not None)) == (self.is_closed, self.is_closed)
        assert (row.snoozed_until is not None) == self.is_snoozed
        in_thread = sorted(written, key=lambda message: (message.at, message.id))
        newest = in_thread[-1]
        assert (row.last_message_id, row.last_message_at) == (newest.id, newest.at)
        assert row.last_author == (newest.author.split()[0] if newest.author else None)
        assert newest.body.startswith(row.last_text) or row.last_text == "(empty message)"
        assert row.first_message_at == in_thread[0].at
        kept = await tenant.fetch_all(
            select(tables.events.c.seq)
            .where(tables.events.c.organisation_id == tenant.organisation_id)
            .order_by(tables.events.c.seq)
        )
        assert [event.seq for event in kept] == list(range(1, (await events.head(tenant)).seq + 1))
        assert {message.seq for message in written} <= {event.seq for event in kept}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=st.lists(DEEDS, min_size=3, max_size=12))
@example(
    deeds=[("close", 0), ("text", "Wait"), ("close", 1), ("close", 0), ("reply", 0), ("close", 0), ("reopen", None)]
)
@example(deeds=[("reply", 0), ("snooze", 0), ("report", (0, "undelivered")), ("snooze", 0), ("text", "Wait")])
@example(deeds=[("reply", 0), ("close", 0), ("report", (0, "undelivered")), ("close", 0), ("retry", 0)])
@example(deeds=[("reply", 0), ("report", (0, "undelivered")), ("report", (0, "read")), ("retry", 0), ("retry", 0)])
@example(deeds=[("text", "start"), ("late", ("STOP", 60)), ("late", ("Hello", 1)), ("repeat", 2)])
@example(deeds=[("reply", 0), ("lose", 0), ("report", (0, "undelivered")), ("retry", 0), ("lose", 0), ("retry", 0)])
@example(deeds=[("reply", 0), ("close", 0), ("lose", 0), ("close", 0), ("discard", 0)])
@example(deeds=[("reply", 0), ("lose", 0), ("reply", 1), ("lose", 1), ("discard", 0), ("report", (1, "delivered"))])
@example(deeds=[("text", "STOP"), ("reply", 0), ("repeat", 1), ("text", "start"), ("repeat", 1), ("reply", 1)])
async def test_the_row_of_a_conversation_agrees_with_its_messages(
    database: Database, deeds: list[tuple[str, object]]
) -> None:
    told = Told(await organisation(database))
    await told.text("Hello")
    for deed, how in deeds:
        await getattr(told, deed)(how)
        await told.check()
