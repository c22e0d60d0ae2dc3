"""A conversation on paper: the whole thread by days, as a page to print and as a PDF."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from inbox import clock
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.errors import Unavailable
from inbox.languages import _, dates, ngettext
from inbox.languages.sentences import known, said
from inbox.messaging import conversations, messages
from inbox.messaging.conversations import Conversation
from inbox.messaging.messages import Message
from inbox.rendering import ROOT
from inbox.storage.database import Tenant
from inbox.web import pages, shown_messages
from inbox.web.access import allowed, note, who
from inbox.web.shown_messages import ShownMessage
from providers import phone

MOST = 10_000
"""Messages on one paper; of a longer thread the newest ones."""
_SECONDS = 60.0
_DRAWING = asyncio.Semaphore(2)


@dataclass(frozen=True, slots=True)
class Transcript:
    """A thread by the days of `zone`, without notes; `is_cut`: there are earlier messages."""

    conversation: Conversation
    days: Sequence[tuple[date, Sequence[ShownMessage]]]
    is_cut: bool

    @property
    def number(self) -> int:
        """How many messages it holds."""
        return sum(len(some) for _day, some in self.days)

    @property
    def words(self) -> str:
        """The same in words."""
        return ngettext("%(num)s message", "%(num)s messages", self.number)


@allowed(Act.THREAD)
async def show(request: Request) -> Response:
    """The page, which says what it is when it is printed: of whom, for whom, and of which zone its times are."""
    me, conversation_id = who(request), str(request.path_params["conversation_id"])
    transcript = await read(me.tenant, conversation_id, me.user.zone)
    did = _("opened the transcript of conversation %(id)s, %(messages)s", id=conversation_id, messages=transcript.words)
    await note(me, "export", did)
    return await pages.page(
        request, "threads/transcript.html", nav="inbox", transcript=transcript, now=clock.now(), most=MOST
    )


@allowed(Act.THREAD)
async def download(request: Request) -> Response:
    """The same as a PDF."""
    me, conversation_id = who(request), str(request.path_params["conversation_id"])
    transcript = await read(me.tenant, conversation_id, me.user.zone)
    content = await _drawn(transcript, me.user)
    did = _(
        "downloaded the transcript of conversation %(id)s, %(messages)s", id=conversation_id, messages=transcript.words
    )
    await note(me, "export", did)
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="transcript.pdf"',
        "Cache-Control": "private, no-store",
    }
    return Response(content, headers=headers)


async def read(tenant: Tenant, conversation_id: str, zone: ZoneInfo) -> Transcript:
    """The whole thread, as far as it may be seen; raises NotFound."""
    conversation = await conversations.find(tenant, conversation_id)
    page = await messages.page(tenant, conversation_id)
    found: list[Message] = list(page.messages)
    while page.earlier is not None and len(found) < MOST:
        page = await messages.page(tenant, conversation_id, before=page.earlier)
        found = [*page.messages, *found]
    shown = await shown_messages.with_media(tenant, found, conversation)
    days = groupby(shown, key=lambda message: message.at.astimezone(zone).date())
    return Transcript(conversation, [(day, list(some)) for day, some in days], page.earlier is not None)


async def _drawn(transcript: Transcript, user: User) -> bytes:
    """The file, drawn by a process of its own (inbox/reports/paper.py). Raises Unavailable when it cannot be."""
    lines = [{"kind": kind, "words": said(words, user.reader)} for kind, words in _lines(transcript, user)]
    told = {"language": user.reader.language, "made_at": clock.now().isoformat(), "lines": lines}
    async with _DRAWING:
        # Without our environment: it needs none of it, and the secrets are in there.
        drawing = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "inbox.reports.paper"), stdin=PIPE, stdout=PIPE, cwd=ROOT, env={}
        )
        try:
            content, _nothing = await asyncio.wait_for(drawing.communicate(json.dumps(told).encode()), _SECONDS)
        except TimeoutError:
            content = b""
        finally:
            if drawing.returncode is None:
                drawing.kill()
                await drawing.wait()
    if not content.startswith(b"%PDF"):
        raise Unavailable(_("The PDF could not be made. Print the page instead."))
    return content


def _lines(transcript: Transcript, user: User) -> Iterator[tuple[str, str]]:
    """What stands on the paper, see `paper.Line`."""
    conversation, reader, zone = transcript.conversation, user.reader, user.zone
    yield "title", _("Transcript of %(name)s", name=conversation.name)
    yield (
        "fact",
        f"{said(_('Candidate'), reader)}: {conversation.name}, {phone.readable(conversation.candidate_number)}",
    )
    yield "fact", f"{said(_('Company number'), reader)}: {phone.readable(conversation.company_number)}"
    yield "fact", f"{said(_('Times in'), reader)}: {zone}"
    yield "fact", f"{said(_('Made'), reader)}: {dates.full(clock.now(), zone, reader)}, {user.name}"
    if transcript.is_cut:
        yield "fact", _("Only the newest %(most)s messages are here.", most=MOST)
    for _day, some in transcript.days:
        yield "day", dates.day(some[0].at, zone, reader)
        for message in some:
            yield "meta", _meta(message, user)
            yield from (("text", words) for words in _texts(message, user))


def _meta(message: ShownMessage, user: User) -> str:
    parts = [f"{dates.clock_time(message.at, user.zone, user.reader)}  {said(message.author, user.reader)}"]
    parts += [said(message.state_words, user.reader)] if message.state_words else []
    parts += [known(message.failure.words).said(user.reader)] if message.failure else []
    return " · ".join(parts)


def _texts(message: ShownMessage, user: User) -> Iterator[str]:
    if message.body:
        yield message.body
    for one in message.media:
        yield f"[{said(one.kind_words, user.reader)}: {one.name}]"
    if message.lost:
        yield f"[{said(_('Picture'), user.reader)}]"
    if message.event:
        yield message.event
