"""Reports > Chat over the web: its numbers lead to what they count."""

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.candidates import people
from inbox.reports import keeping
from inbox.storage import tables
from tests.messaging.scene import MAYA
from tests.reports.story import LONG_DAY, NUMBERS, SHORT_DAY, Story
from tests.web.house import House, shown

pytestmark = [pytest.mark.anyio, pytest.mark.both_databases]


async def test_each_number_leads_to_exactly_what_it_counts(house: House) -> None:
    scene = house.scene
    jo = await house.browser(scene.jo)
    assert "No texts in these days." in shown(await jo.get("/reports/chat")).words
    message = await scene.reply(await scene.text_in(MAYA, "Hello"), "Are you free?")
    await scene.report(message, "delivered", sid=await scene.accepted(message))
    page = shown(await jo.get("/reports/chat?range=7d"))
    assert "Total 1 1 0 1 2" in page.words
    links = [link for element in page if "/reports/chat/candidates" in (link := element.attributes.get("href") or "")]
    for link in links:
        assert "+61 491 570 110" in shown(await jo.get(link)).words
    texts = [link for element in page if (link := element.attributes.get("href") or "").startswith("/chat-messages?")]
    assert len(texts) == 8  # of the total and of the day
    for link in texts:
        words = shown(await jo.get(link)).by_id("log-rows").words  # type: ignore[union-attr]
        assert ("Hello" in words) is ("state=" not in link)
        assert ("Are you free?" in words) is ("direction=in" not in link)


async def test_a_wrong_day_is_said_and_the_report_is_still_there(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get("/reports/chat?range=custom&from=x&usage=campaign"), status=422)
    assert "must be a real date" in page.words
    assert "No campaign texts in these days." in page.words
    assert shown(await jo.get("/reports/chat?usage=nothing&range=never")).words
    assert "Nobody." in shown(await jo.get("/reports/chat/candidates?of=nothing&after=x")).words


async def test_the_file_is_for_who_may_export_and_holds_no_formula(house: House) -> None:
    scene = house.scene
    message = await scene.reply(await scene.text_in(MAYA), "Hi")
    await scene.accepted(message)
    await scene.tenant.execute(update(tables.messages).where(tables.messages.c.id == message.id).values(job="=1+2"))
    jo = await house.browser(scene.jo)
    assert (await jo.get("/reports/chat.csv")).status_code == (await jo.get("/reports/chat.xlsx")).status_code == 403
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.REPORTER.value)
    )
    lines = (await jo.get("/reports/chat.csv")).text.splitlines()
    assert lines[:2] == ["Candidates", "Candidates,Number"]
    assert "1,0,0,1,2" in next(line for line in lines if line.startswith("2"))
    assert any(line.startswith("'=1+2,1,") for line in lines)
    book = zipfile.ZipFile(io.BytesIO((await jo.get("/reports/chat.xlsx")).content))
    written = "".join(book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
    assert "<t>=1+2</t>" in written
    assert "<f>" not in written


SENT = {"accepted", "sending", "sent", "delivered", "read"}
FAILED = {"undelivered", "failed", "canceled", "unconfirmed", "discarded"}


@dataclass(frozen=True)
class Said:
    """All messages there are, and what a link to some of them means, worked out one by one."""

    rows: list[Any]
    zone: ZoneInfo

    def ids(self, link: str) -> set[str]:
        """The ids of the messages, or of the candidates, that the link of a number has to show."""
        address = urlsplit(link)
        asked = dict(parse_qsl(address.query))
        first, last = (date.fromisoformat(asked[name]) for name in ("from", "to"))
        chosen = [row for row in self.rows if first <= row.at.astimezone(self.zone).date() <= last]
        if address.path == "/reports/chat/candidates":
            return {row.candidate_id for row in chosen if self.is_in(row, asked["of"])}
        return {row.id for row in chosen if self.is_shown(row, asked)}

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
            and (asked.get("only") != "answers" or row.waited_since is not None)
            and (asked.get("only") != "answered" or self.answered(row))
            and (asked.get("only") != "counted" or row.direction == "in" or self.sent(row))
        )

    def is_in(self, row: Any, group: str) -> bool:
        """Whether a candidate is in a group of the funnel because of this message."""
        if group == "opted_out":
            return self.sent(row) and row.opted_out_at is not None
        return {"sent": self.sent, "delivered": self.delivered, "replied": self.answered}[group](row)

    def sent(self, row: Any) -> bool:
        return row.direction == "out" and row.status in SENT

    def delivered(self, row: Any) -> bool:
        return row.direction == "out" and row.status in {"delivered", "read"}

    def failed(self, row: Any) -> bool:
        return row.direction == "out" and row.status in FAILED

    def answered(self, row: Any) -> bool:
        later = [one for one in self.rows if one.direction == "in" and self.same(one, row) and one.at > row.at]
        return self.sent(row) and bool(later)

    def same(self, one: Any, other: Any) -> bool:
        return bool(one.conversation_id == other.conversation_id)


async def test_every_cell_leads_to_exactly_its_messages_or_candidates(house: House) -> None:
    scene, melbourne = house.scene, ZoneInfo("Australia/Melbourne")
    odd_day = LONG_DAY if scene.tenant.database.dialect == "sqlite" else SHORT_DAY
    story = Story(scene, Random(4), odd_day)
    for number in NUMBERS:
        await people.create(scene.tenant, name=None, number=number)
    for _ in range(40):
        await story.happens()
    jo, conversations = await house.browser(scene.jo), tables.conversations
    rows = await scene.tenant.fetch_all(
        select(tables.messages, conversations.c.candidate_id, conversations.c.opted_out_at).join(
            conversations, conversations.c.id == tables.messages.c.conversation_id
        )
    )
    said, first = Said(list(rows), melbourne), odd_day.astimezone(melbourne).date()
    days = f"range=custom&from={first}&to={first + timedelta(days=1)}"
    await keeping.everything(scene.tenant)
    followed = 0
    for address in ("/reports/chat?", "/reports/response?"):
        page = shown(await jo.get(address + days))
        for cell in (element for element in page if element.tag == "td"):
            for link in {element.attributes.get("href") or "" for element in cell if element.tag == "a"}:
                found = shown(await jo.get(link))
                ids = {one for element in found if (one := id_in(element.attributes.get("href") or ""))}
                assert ids == said.ids(link), link
                if "only=counted" not in link and "only=answers" not in link:
                    assert len(ids) == int(cell.words.split()[0]), link
                followed += 1
    assert followed > 40


def id_in(link: str) -> str | None:
    """The id of a message or a candidate of a list that a link leads to."""
    found = re.search(r"#msg-([0-9a-f-]{36})$", link) or re.search(r"/candidates/([0-9a-f-]{36})\?tab=sms$", link)
    return found[1] if found else None
