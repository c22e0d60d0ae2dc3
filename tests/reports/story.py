"""Days of 23 and 25 hours with the days around them, in which everything happens that reports count."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select, update

from inbox.candidates import people, profiles
from inbox.messaging import decisions, inbound, merging, messages
from inbox.messaging.messages import Message
from inbox.storage import tables
from inbox.storage.columns import new_id
from providers.contract import DeliveryStatus
from tests.messaging.scene import Scene

LONG_DAY, SHORT_DAY = datetime(2026, 4, 4, 13, tzinfo=UTC), datetime(2026, 10, 3, 14, tzinfo=UTC)
"""When days of 25 and 23 hours begin in Melbourne."""
NUMBERS = tuple(f"+6149157011{place}" for place in range(6))

ENDS = (("done", ""), ("waiting", ""), ("stopped", "missing"), ("stopped", "opt_out"), ("stopped", "reply"))
"""How workflows stand for somebody: state and cause."""


@dataclass
class Story:
    """Months in which this and that happens, by chance; told from a seed."""

    scene: Scene
    chance: Random
    odd_day: datetime
    texts: list[str] = field(default_factory=list)
    origins: tuple[str, str] = field(default_factory=lambda: (new_id(), new_id()))

    def moment(self) -> datetime:
        """Some time around the day that is longer or shorter, or later on the day after."""
        return self.odd_day + timedelta(minutes=self.chance.randrange(-1_500, 2_500))

    async def happens(self) -> None:
        """One thing more."""
        ways = (self.comes, self.comes, self.goes, self.goes, self.goes, self.is_told, self.is_told, self.again)
        await self.chance.choice(ways)()

    async def comes(self) -> None:
        """A candidate's text, which the provider's list brings late."""
        number, stops = self.chance.choice(NUMBERS), self.chance.random() < 0.2
        sms = self.scene.sms(number, "STOP" if stops else "Yes", opt_out="stop" if stops else None)
        account = replace(self.scene.account, created_at=self.odd_day - timedelta(days=9))
        await inbound.store(self.scene.tenant, account, sms, received_at=self.moment())

    async def goes(self) -> None:
        """A text of ours, which stands further or not."""
        conversation = await self.scene.conversation(self.chance.choice(NUMBERS))
        if conversation is None:
            return
        await self.may_text()
        who = self.chance.choice((self.scene.jo, self.scene.ana))
        message = await self.scene.reply(conversation, who=who)
        at = self.moment()
        waited = at - timedelta(minutes=self.chance.randrange(5_000)) if self.chance.random() < 0.5 else None
        job = self.chance.choice((None, "Nurse", "Welder"))
        source = self.chance.choice(("person", "person", "campaign", "workflow", "chatbot"))
        origin = {"person": {"template_id": self.origins[0]}, "chatbot": {}}.get(source, {"origin_id": self.origins[1]})
        await self.set(message.id, at=at, waited_since=waited, job=job, source=source, **origin)
        self.texts.append(message.id)
        if self.chance.random() < 0.8:
            await self.scene.accepted(message)
            await self.set(message.id, claimed_at=at)
            await self.is_told(message.id)

    async def is_told(self, message_id: str | None = None) -> None:
        """The provider reports on a text, perhaps of long ago."""
        if message := await self.one(message_id):
            status = self.chance.choice(("sent", "delivered", "undelivered"))
            await self.scene.report(
                message, status, sid=message.provider_message_id or f"SM{message.id[:30]}", attempt=message.attempt
            )

    async def again(self) -> None:
        """Somebody tries a text again that did not arrive."""
        message = await self.one()
        if message and message.status in (DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED):
            await self.may_text()
            await decisions.retry(self.scene.tenant, self.scene.jo, message.conversation_id, message.id)

    async def campaign(self) -> None:
        """A campaign to some of the candidates begins, in which some of them may not be texted."""
        tenant, campaign = self.scene.tenant, new_id()
        await tenant.execute(
            insert(tables.campaigns).values(
                organisation_id=tenant.organisation_id,
                id=campaign,
                name="Shifts",
                body="Hi",
                asked="",
                company_id=self.chance.choice((self.scene.company.id, None)),
                sender_id=self.scene.jo.id,
                state="done",
                begun_at=self.moment(),
            )
        )
        for number in self.chance.sample(NUMBERS, 3):
            await tenant.execute(
                insert(tables.campaign_recipients).values(
                    organisation_id=tenant.organisation_id,
                    campaign_id=campaign,
                    candidate_id=await people.by_number(tenant, number),
                    message_id=new_id(),
                    state=self.chance.choice(("sent", "skipped", "refused")),
                    segments=1,
                )
            )

    async def workflow(self) -> None:
        """Some of the candidates come into a workflow, which texts some of them and cannot text others."""
        tenant, workflow = self.scene.tenant, new_id()
        mine = {"organisation_id": tenant.organisation_id}
        await tenant.execute(
            insert(tables.workflows).values(
                **mine,
                id=workflow,
                name="Check-in",
                company_id=self.chance.choice((self.scene.company.id, None)),
                sender_id=self.scene.jo.id,
                trigger="hand",
                steps="[]",
            )
        )
        for number in self.chance.sample(NUMBERS, 3):
            execution, stands = new_id(), self.chance.choice(ENDS)
            await tenant.execute(
                insert(tables.workflow_executions).values(
                    **mine,
                    id=execution,
                    workflow_id=workflow,
                    candidate_id=await people.by_number(tenant, number),
                    steps="[]",
                    begun_at=self.moment(),
                    state=stands[0],
                    cause=stands[1],
                )
            )
            for place in range(self.chance.randrange(3)):
                did, message = self.chance.choice((("left", None), ("done", None), ("done", new_id())))
                await tenant.execute(
                    insert(tables.workflow_steps).values(
                        **mine,
                        execution_id=execution,
                        place=place,
                        workflow_id=workflow,
                        version=1,
                        did=did,
                        message_id=message,
                    )
                )

    async def talks(self) -> None:
        """Somebody talks with the chatbot, or only was asked what it is about."""
        tenant, conversation = self.scene.tenant, await self.scene.conversation(self.chance.choice(NUMBERS))
        if conversation is None:
            return
        intent = await self._intent()
        await tenant.execute(
            insert(tables.chatbot_sessions).values(
                organisation_id=tenant.organisation_id,
                id=new_id(),
                conversation_id=conversation,
                intent_id=self.chance.choice((intent, intent, intent, None)),
                state=self.chance.choice(("open", "done", "handed", "dropped")),
                heard_seq=0,
                begun_at=self.moment(),
            )
        )

    async def _intent(self) -> str:
        tenant, intent = self.scene.tenant, self.origins[0]
        known = select(tables.chatbot_intents.c.id).where(tables.chatbot_intents.c.id == intent)
        if await tenant.fetch_one(known) is None:
            await tenant.execute(
                insert(tables.chatbot_intents).values(
                    organisation_id=tenant.organisation_id,
                    id=intent,
                    company_id=self.scene.company.id,
                    name="Talent network",
                    kind="join",
                    hours=24,
                )
            )
        return intent

    async def settles(self) -> None:
        """Nothing waits to be sent any more."""
        for message_id in self.texts:
            if (message := await self.one(message_id)) and message.status == DeliveryStatus.QUEUED:
                await self.scene.accepted(message)
                await self.set(message_id, claimed_at=message.at)

    async def may_text(self) -> None:
        """Nobody has opted out any more."""
        await self.scene.tenant.execute(update(tables.conversations).values(opted_out_at=None))

    async def one(self, message_id: str | None = None) -> Message | None:
        """That text, or any of ours."""
        if message_id is None and not self.texts:
            return None
        return await messages.find(self.scene.tenant, message_id or self.chance.choice(self.texts))

    async def set(self, message_id: str, **values: Any) -> None:
        """A text stands at another moment from the beginning."""
        await self.scene.tenant.execute(
            update(tables.messages).where(tables.messages.c.id == message_id).values(**values)
        )

    async def is_one(self) -> None:
        """Two candidates turn out to be one."""
        tenant = self.scene.tenant
        held = [(await people.by_number(tenant, number)) for number in NUMBERS[:2]]
        stays, goes = [await profiles.find(tenant, one) for one in held]
        async with tenant.transaction():
            marks = (stays.mark, goes.mark)
            await merging.merge(tenant, self.scene.jo, held[0], held[1], stays, marks=marks)
