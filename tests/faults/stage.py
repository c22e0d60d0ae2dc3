"""An organisation, its Twilio, its worker, its spool and its pages, step by step, with what has to have come of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from math import inf
from pathlib import Path
from typing import Any, Self

from sqlalchemy import delete, select, update

from inbox import clock
from inbox.accounts.users import User
from inbox.errors import Changed, Invalid, Refused
from inbox.messaging import decisions, messages
from inbox.storage import tables
from inbox.storage.columns import db_plus, new_id
from inbox.storage.database import Database
from providers.contract import DeliveryStatus
from tests.faults.desk import Desk
from tests.faults.door import Door, Outage
from tests.faults.lone_worker import LoneWorker
from tests.faults.pages import Hubs, Page
from tests.messaging.scene import Scene, organisation

# What nothing is promised for any more: with the provider, refused, or a person's to decide.
_PENDING = {DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.UNKNOWN}
# SQLite's clock knows milliseconds.
_TICK = timedelta(milliseconds=2)

_every = count(1)


@dataclass(frozen=True)
class Text:
    """A text that was acknowledged to Twilio: between which moments (UTC) each call came, and into an outage or not."""

    fields: dict[str, str]
    calls: list[tuple[datetime, datetime]] = field(default_factory=list)
    is_kept: bool = False

    @property
    def sid(self) -> str:
        return self.fields["MessageSid"]

    @property
    def sender(self) -> str:
        return self.fields["From"]

    @property
    def came_by_spool_alone(self) -> bool:
        return self.is_kept and len(self.calls) == 1

    def stands_at(self, moment: datetime) -> bool:
        """Whether one of the calls came then."""
        return any(came - _TICK <= moment <= answered + _TICK for came, answered in self.calls)


@dataclass
class Stage:
    """What happens, a line each; `texts`, `replies` and `reports` are what was acknowledged."""

    scene: Scene
    worker: LoneWorker
    door: Door
    desk: Desk
    pages: tuple[Page, Page]
    texts: list[Text] = field(default_factory=list)
    replies: list[tuple[str, str, str]] = field(default_factory=list)
    reports: list[tuple[str, str]] = field(default_factory=list)
    sent_again: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def of(cls, database: Database, hubs: Hubs, folder: Path) -> Self:
        """A new organisation; what an earlier one left to do is nobody's any more."""
        await database.execute(delete(tables.jobs))
        scene = await organisation(database)
        door = await Door.of(scene, folder / str(scene.tenant.organisation_id))
        stage = cls(scene, LoneWorker.of(scene), door, Desk(scene), hubs.pages(scene.tenant))
        for page in stage.pages:
            await page.connect()
        return stage

    async def close(self) -> None:
        for page in self.pages:
            page.lose()
        await self.worker.close()

    async def text_in(self, sender: str, body: str, outage: Outage = Outage.NONE) -> None:
        """A candidate texts."""
        number = self.scene.number.number
        fields = {"MessageSid": f"SM{next(_every):032x}", "From": sender, "To": number, "Body": body}
        text = Text(fields, is_kept=outage is Outage.AWAY)
        await self._called(text, outage)
        self.texts.append(text)

    async def repeat(self, place: int, outage: Outage) -> None:
        """Twilio tells of a text again."""
        await self._called(self.texts[place % len(self.texts)], outage)

    async def reply(self, place: int, body: str) -> None:
        """A recruiter presses Send."""
        conversation = await self._conversation(place)
        message = new_id()
        try:
            await self.scene.reply(conversation, body, id=message)
        except Refused:
            return
        self.replies.append((message, conversation, body))
        self.desk.replied(self.scene.jo, conversation)

    async def press_again(self, place: int) -> None:
        """The browser posts a reply again, once with its words and once with others."""
        message, conversation, body = self.replies[place % len(self.replies)]
        assert (await self.scene.reply(conversation, body, id=message)).id == message
        try:
            await self.scene.reply(conversation, f"{body}!", id=message)
        except Invalid:
            return
        raise AssertionError("other words went out under the same id")

    async def decide(self, place: int, *, again: bool) -> None:
        """A recruiter presses Try again, Send again or Discard, whether or not it is offered."""
        message, conversation, _ = self.replies[place % len(self.replies)]
        before = await messages.find(self.scene.tenant, message)
        act = decisions.retry if again else decisions.discard
        try:
            after = await act(self.scene.tenant, self.scene.jo, conversation, message)
        except (Changed, Refused):
            return
        self.sent_again[message] += after.attempt - before.attempt

    async def report(self, place: int, word: str, outage: Outage) -> None:
        """Twilio reports on something that it took."""
        taken = self.worker.taken()
        if not taken:
            return
        sid, message, attempt = taken[place % len(taken)]
        fields = {"MessageSid": sid, "MessageStatus": word}
        if word in {"undelivered", "failed"}:
            fields["ErrorCode"] = "30003"
        await self.door.report(fields, f"m={message}&attempt={attempt}", outage)
        self.reports.append((message, word))

    async def take(self, place: int, who: str) -> None:
        """Somebody takes a conversation, or two do at once."""
        conversation = await self._conversation(place)
        if person := self._people.get(who):
            await self.desk.take(person, conversation)
        else:
            await self.desk.take_at_once(conversation)

    async def give(self, place: int, who: str, to: str, *, looks: bool) -> None:
        """Somebody gives a conversation away, by what was on the screen last, or after a look at it."""
        conversation = await self._conversation(place)
        if looks:
            await self.desk.look(self._people[who], conversation)
        await self.desk.give(self._people[who], conversation, self._people.get(to))

    async def time_passes(self, seconds: float) -> None:
        """For leases and for what waits for its time."""
        await self.scene.tenant.execute(
            update(tables.jobs).values(
                due_at=db_plus(tables.jobs.c.due_at, -seconds), lease_until=db_plus(tables.jobs.c.lease_until, -seconds)
            )
        )

    async def settle(self) -> None:
        """Everything that was promised is done, with a Twilio and a database that work."""
        await self.door.drain()
        assert not await self.door.kept(), "the spool is not empty"
        self.worker.heal()
        for _ in range(200):
            await self.time_passes(1_000)
            if not await self.worker.work(limit=50):
                return
        raise AssertionError("the worker never came to an end")

    async def check(self) -> None:
        """Invariant I."""
        table = tables.messages
        stored = await self._all(table, table.c.seq)
        await self._check_texts([row for row in stored if row.direction == "in"])
        self._check_replies({row.id: row for row in stored if row.direction == "out"})
        await self.desk.check()
        head = (await self._all(tables.event_counters, tables.event_counters.c.seq))[0].seq
        log = await self._all(tables.events, tables.events.c.seq)
        assert [event.seq for event in log] == list(range(1, head + 1)), "the log has gaps"
        assert [page.faults for page in self.pages] == [[], []]

    async def check_the_end(self) -> None:
        """Nothing is left in between, and every page shows all of it."""
        await self.settle()
        await self.check()
        log = await self._all(tables.message_status_log, tables.message_status_log.c.id)
        assert not Counter(self.reports) - Counter((row.message_id, row.status) for row in log), "a report was lost"
        stored = await self._all(tables.messages, tables.messages.c.seq)
        found = {text.id: text for text in await messages.by_ids(self.scene.tenant, [row.id for row in stored])}
        for message, _, _ in self.replies:
            assert found[message].status not in _PENDING, f"{message} is {found[message].status} for ever"
        for page in self.pages:
            await page.read_on()
            assert page.states == {text.id: text.state for text in found.values()}, "a page shows something else"
            assert page.holders.items() >= self.desk.holders.items(), "a page shows somebody else"

    async def _check_texts(self, stored: Sequence[Any]) -> None:
        """Each text is stored once, or lies in the spool; those of the spool came out of it in their order."""
        kept, known = await self.door.kept(), {row.provider_message_id: row for row in stored}
        assert len(known) == len(stored), "a text was doubled"
        assert known.keys() <= {text.sid for text in self.texts}
        for text in self.texts:
            row = known.get(text.sid)
            assert row is not None or kept[text.sid], "a text was lost"
            assert row is None or text.stands_at(row.at), "a text stands at another moment"
        for conversation in await self._all(tables.conversations, tables.conversations.c.id):
            sent = [text for text in self.texts if text.sender == conversation.candidate_number]
            out = [known[text.sid].seq if text.sid in known else inf for text in sent if text.came_by_spool_alone]
            assert out == sorted(out), "the spool was drained in another order"
            there = sorted((text for text in sent if text.sid in known), key=lambda text: known[text.sid].at)
            words = [text.fields["Body"] for text in there if text.fields["Body"] in {"STOP", "START"}]
            assert (conversation.opted_out_at is not None) == (words[-1:] == ["STOP"]), "the last word does not count"

    def _check_replies(self, written: dict[str, Any]) -> None:
        """Each reply is there, with Twilio as often as somebody wanted it, and not said to be there when it is not."""
        assert written.keys() == {message for message, _, _ in self.replies}, "a reply was lost"
        taken = Counter(message for _, message, _ in self.worker.taken())
        for message, row in written.items():
            assert taken[message] <= 1 + self.sent_again[message], f"{message} was sent {taken[message]} times"
            assert row.rank < DeliveryStatus.ACCEPTED.rank or row.status in ("failed", "canceled") or taken[message], (
                "never sent"
            )

    async def _called(self, text: Text, outage: Outage) -> None:
        came = clock.now()
        await self.door.text_in(text.fields, outage)
        text.calls.append((came, clock.now()))

    async def _all(self, table: Any, order: Any) -> list[Any]:
        """The organisation's rows of a table."""
        mine = table.c.organisation_id == self.scene.tenant.organisation_id
        return await self.scene.tenant.fetch_all(select(table).where(mine).order_by(order))

    async def _conversation(self, place: int) -> str:
        """One of those there are; that of a text that lies in the spool may not be there yet."""
        found = await self._all(tables.conversations, tables.conversations.c.id)
        return str(found[place % len(found)].id)

    @property
    def _people(self) -> dict[str, User]:
        return {"Jo": self.scene.jo, "Ana": self.scene.ana}
