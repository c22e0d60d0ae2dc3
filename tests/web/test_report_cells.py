"""Every number of the reports leads to exactly the messages or candidates that it counts, compared by their ids."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import httpx2
import pytest
from sqlalchemy import select

from inbox.accounts import companies
from inbox.candidates import people
from inbox.provisioning import company_numbers
from inbox.reports import keeping
from inbox.storage import tables
from inbox.storage.database import Tenant
from tests.journeys.elements import Element
from tests.messaging.scene import Scene
from tests.reports.story import LONG_DAY, NUMBERS, SHORT_DAY, Story
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

MELBOURNE = ZoneInfo("Australia/Melbourne")
SENT = {"accepted", "sending", "sent", "delivered", "read"}
FAILED = {"undelivered", "failed", "canceled", "unconfirmed", "discarded"}
USAGES = {
    "sqlite": (("all", "first"), ("campaign", "second"), ("workflow", "first")),
    "postgresql": (("campaign", "first"), ("chatbot", "first"), ("all", "second")),
}
"""What is asked for on each database, and of which company: all usages once, those with most cells twice."""
TALKS = {"started": None, "finished": "done", "handed_over": "handed", "dropped": "dropped"}


@dataclass(frozen=True)
class Said:
    """All that there is, and what a link to some of it means, worked out one by one."""

    rows: list[Any]
    recipients: list[Any]
    talks: list[Any]
    executions: list[Any]

    def ids(self, link: str) -> set[str]:
        """The ids of the messages, or of the candidates, that the link of a number has to show."""
        address = urlsplit(link)
        asked = dict(parse_qsl(address.query))
        if address.path == "/reports/chat/candidates":
            return self.people(asked)
        return {row.id for row in self.rows if self.is_within(row.at, asked) and self.is_shown(row, asked)}

    def people(self, asked: dict[str, str]) -> set[str]:
        """The candidates of a group of the funnel."""
        group, usage = asked["of"], asked.get("usage", "all")
        if group in TALKS:
            state, talks = TALKS[group], [row for row in self.talks if self.is_within(row.begun_at, asked)]
            return {row.candidate_id for row in talks if row.intent_id and state in (None, row.state)}
        if group in ("selected", "can_text") and usage == "workflow":
            came = [row for row in self.executions if self.is_within(row.begun_at, asked)]
            return {row.candidate_id for row in came if group == "selected" or row.texted or not row.could_not}
        if group in ("selected", "can_text"):
            chosen = [row for row in self.recipients if self.is_within(row.begun_at, asked)]
            return {row.candidate_id for row in chosen if group == "selected" or row.state != "skipped"}
        chosen = [row for row in self.rows if self.is_within(row.at, asked) and usage in ("all", row.source)]
        begins = datetime.combine(date.fromisoformat(asked["from"]), time(), MELBOURNE)
        is_in = {
            "sent": self.sent,
            "delivered": self.delivered,
            "replied": self.answered,
            "opted_out": lambda row: self.sent(row) and row.opted_out_at is not None and row.opted_out_at >= begins,
        }[group]
        return {row.candidate_id for row in chosen if is_in(row)}

    def is_within(self, at: datetime, asked: dict[str, str]) -> bool:
        """Whether a moment is in the days of a link, by the clocks of Melbourne."""
        return asked["from"] <= at.astimezone(MELBOURNE).date().isoformat() <= asked["to"]

    def of(self, company_id: str, first_company: str) -> "Said":
        """What there is of one company; campaigns that name none are the first one's."""
        parts = (self.rows, self.recipients, self.talks, self.executions)
        return Said(*[[row for row in part if (row.company_id or first_company) == company_id] for part in parts])

    def is_shown(self, row: Any, asked: dict[str, str]) -> bool:
        """Whether the log shows this message."""
        ours = row
        if asked.get("only") == "stops":
            earlier = [one for one in self.rows if one.direction == "out" and self.same(one, row) and one.at < row.at]
            if row.event != "opted_out" or not earlier:
                return False
            ours = max(earlier, key=lambda one: (one.at, one.id))
        by = {
            "recruiter": ours.author_id,
            "template": ours.template_id,
            "campaign": ours.origin_id if ours.source == "campaign" else None,
            "workflow": ours.origin_id if ours.source == "workflow" else None,
            "job": ours.job,
        }
        state = {"sent": self.sent, "failed": self.failed, "delivered": self.delivered}
        return (
            asked.get("direction") in (None, row.direction)
            and asked.get("source") in (None, ours.source)
            and ("by" not in asked or by[asked["by"]] == asked["key"])
            and ("state" not in asked or state[asked["state"]](row))
            and (asked.get("only") != "answers" or (row.waited_since is not None and row.source == "person"))
            and (asked.get("only") != "answered" or self.answered(row))
            and (asked.get("only") != "counted" or row.direction == "in" or self.sent(row))
        )

    def sent(self, row: Any) -> bool:
        return row.direction == "out" and row.status in SENT

    def delivered(self, row: Any) -> bool:
        return row.direction == "out" and row.status in {"delivered", "read"}

    def failed(self, row: Any) -> bool:
        return row.direction == "out" and row.status in FAILED

    def answered(self, row: Any) -> bool:
        later = [one for one in self.rows if self.answers(one) and self.same(one, row) and one.at > row.at]
        return self.sent(row) and bool(later)

    def answers(self, row: Any) -> bool:
        """Whether it is an answer: a STOP or START is none."""
        return row.direction == "in" and row.event is None

    def same(self, one: Any, other: Any) -> bool:
        return bool(one.conversation_id == other.conversation_id)

    def segments(self, ids: set[str]) -> int:
        """Of these messages together."""
        return sum(row.segments for row in self.rows if row.id in ids)

    def share(self, link: str, ids: set[str]) -> float:
        """The percentage that these messages are of those that a rate is of."""
        asked = dict(parse_qsl(urlsplit(link).query))
        whole = {name: value for name, value in asked.items() if name not in ("only", "state")}
        of = [row for row in self.rows if self.is_within(row.at, asked) and self.is_shown(row, whole)]
        number = sum(self.sent(row) or (asked.get("state") == "failed" and self.failed(row)) for row in of)
        return 100 * len(ids) / number


async def everything(tenant: Tenant) -> Said:
    """What is in the database."""
    conversations, talks, recipients = tables.conversations, tables.chatbot_sessions, tables.campaign_recipients
    of_messages = select(tables.messages, conversations.c.candidate_id, conversations.c.opted_out_at).join(
        conversations, conversations.c.id == tables.messages.c.conversation_id
    )
    of_talks = select(talks, conversations.c.candidate_id, conversations.c.company_id).join(
        conversations, conversations.c.id == talks.c.conversation_id
    )
    of_recipients = select(recipients, tables.campaigns.c.begun_at, tables.campaigns.c.company_id).join(
        tables.campaigns, tables.campaigns.c.id == recipients.c.campaign_id
    )
    found = [list(await tenant.fetch_all(query)) for query in (of_messages, of_recipients, of_talks)]
    return Said(*found, await of_workflows(tenant))


async def of_workflows(tenant: Tenant) -> list[Any]:
    """Who came into workflows, with whether they were texted and whether they could not be."""
    executions, workflows = tables.workflow_executions, tables.workflows
    steps = await tenant.fetch_all(select(tables.workflow_steps))
    query = select(executions, workflows.c.company_id).join(workflows, workflows.c.id == executions.c.workflow_id)
    return [
        SimpleNamespace(
            candidate_id=row.candidate_id,
            company_id=row.company_id,
            begun_at=row.begun_at,
            texted=any(one.message_id for one in steps if one.execution_id == row.id),
            could_not=row.cause in ("missing", "opt_out")
            or any(one.did == "left" for one in steps if one.execution_id == row.id),
        )
        for row in await tenant.fetch_all(query)
    ]


@dataclass
class Reader:
    """Follows the links of a report, each of them once."""

    browser: httpx2.AsyncClient
    saids: dict[str, Said]
    """By the company."""
    followed: dict[str, set[str]] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)

    async def follow(self, cell: Element, company_id: str) -> None:
        """Each number of a cell stands in a link, and the link shows what was counted of this company."""
        said = self.saids[company_id]
        links = [element for element in cell if element.tag == "a"]
        written = cell.words
        if not links:
            assert re.fullmatch("|–|0( –| 0.0 %| 0 %)?", written), f"{written} leads nowhere"
            return
        (link,) = links
        assert link.words == written
        address = link.attributes["href"] or ""
        assert dict(parse_qsl(urlsplit(address).query)).get("company") == company_id, address
        ids = await self.ids(address)
        assert ids == said.ids(address), address
        if "only=counted" in address:
            assert said.segments(ids) == int(written), address
        elif not re.search("min|h|day", written):
            number, _, share = written.partition(" ")
            assert len(ids) == int(number), address
            if share:
                assert float(share.removesuffix(" %")) == pytest.approx(said.share(address, ids), abs=0.051)
        self.kinds.add(re.sub(r"(from|to|key|range|company)=[^&]*", "", urlsplit(address).query))

    async def ids(self, link: str) -> set[str]:
        """Whom or what a link shows."""
        if link not in self.followed:
            page = shown(await self.browser.get(link))
            found = (id_in(element.attributes.get("href") or "") for element in page)
            self.followed[link] = {one for one in found if one}
        return self.followed[link]


def id_in(link: str) -> str | None:
    """The id of a message or a candidate of a list that a link leads to."""
    found = re.search(r"#msg-([0-9a-f-]{36})$", link) or re.search(r"/candidates/([0-9a-f-]{36})\?tab=sms$", link)
    return found[1] if found else None


async def second_company(scene: Scene) -> Scene:
    """Another company of the same organisation, with a number of its own, to which the same people write."""
    company = await companies.create(scene.tenant, "Acme Perth")
    account_id = scene.account.id
    number = await company_numbers.add(
        scene.tenant, company_id=company.id, provider_account_id=account_id, number="+61491570007"
    )
    return replace(scene, company=company, number=number)


async def test_every_cell_of_every_usage_leads_to_exactly_its_messages_or_candidates(house: House) -> None:
    scene = house.scene
    odd_day = LONG_DAY if scene.tenant.database.dialect == "sqlite" else SHORT_DAY
    whose = {"first": scene, "second": await second_company(scene)}
    for number in NUMBERS:
        await people.create(scene.tenant, name=None, number=number)
    for seed, one in enumerate(whose.values(), 4):
        story = Story(one, Random(seed), odd_day)
        for _ in range(40):
            await story.happens()
        for _ in range(4):
            await story.campaign()
            await story.workflow()
            await story.talks()
            await story.talks()
    said = await everything(scene.tenant)
    saids = {one.company.id: said.of(one.company.id, scene.company.id) for one in whose.values()}
    reader = Reader(await house.browser(scene.jo), saids)
    await keeping.everything(scene.tenant)
    first = odd_day.astimezone(MELBOURNE).date()
    days = f"range=custom&from={first}&to={first + timedelta(days=1)}"
    for usage, which in USAGES[scene.tenant.database.dialect]:
        company_id = whose[which].company.id
        for address in ("/reports/chat", "/reports/response"):
            page = shown(await reader.browser.get(f"{address}?{days}&usage={usage}&company={company_id}"))
            for cell in (element for element in page if element.tag == "td" and element.has("num")):
                await reader.follow(cell, company_id)
    assert len(reader.kinds) > 25


async def test_who_waits_now_is_exactly_who_the_inbox_shows_as_waiting(house: House) -> None:
    waits = {f"conv-{await house.scene.text_in(number)}" for number in NUMBERS[:2]}
    await house.scene.reply(await house.scene.text_in(NUMBERS[2]))
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get("/reports/response"))
    (link,) = [one for one in page if one.tag == "a" and "waiting=1" in one.attributes["href"]]
    assert link.words == "2 candidates wait now"
    inbox = shown(await jo.get(link.attributes["href"]))
    assert {one.id for one in inbox.all("conv")} == waits


async def test_a_campaign_that_could_text_nobody_has_its_funnel_all_the_same(house: House) -> None:
    story = Story(house.scene, Random(0), LONG_DAY)
    for number in NUMBERS:
        await people.create(house.scene.tenant, name=None, number=number)
    await story.campaign()
    page = shown(await (await house.browser(house.scene.jo)).get("/reports/chat?range=all&usage=campaign"))
    assert "Selected 3" in page.words
    assert "No campaign texts in these days." in page.words
