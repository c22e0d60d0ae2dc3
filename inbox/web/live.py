"""The websocket's door: who is there, what the page watches, then over to the hub."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.websockets import WebSocket

from inbox.accounts.roles import Act
from inbox.candidates import choices
from inbox.errors import NotFound, Unavailable
from inbox.messaging import conversations
from inbox.messaging.conversations import Conversation
from inbox.web import access, revocation, views
from inbox.web.access import Who
from inbox.web.topics import CampaignTopic, CountsTopic, ThreadTopic
from realtime import socket
from realtime.farewell import RESTARTING
from realtime.hub import Cursor, Hub, Socket, Topic
from realtime.presence import Person, Presence, Seat

Slots = dict[str, tuple[Topic, Cursor | None]]

# Anything but 1006 and 1011 to 1013 keeps the browser's extension from coming back by itself.
SIGNED_OUT = 4401
# What it watches now could not be looked up; it says so again when it comes back.
COME_BACK = 1013


async def live(websocket: WebSocket) -> None:
    """Push what the page of `?<view>&c=<conversation>` shows, from the cursors `list`, `thread` and `counts` on.

    A foreign Origin is refused with 403 before the socket is accepted; without a session it is accepted and closed
    with 4401, since a browser cannot tell a refusal from a broken line and would try for ever.
    """
    await _serve(websocket, websocket.app.state.settings.origins)


async def live_widget(websocket: WebSocket) -> None:
    """The same for a widget in another system's page, whose session is behind the name of its protocol."""
    await _serve(websocket, websocket.app.state.settings.embed_origins, protocol=access.PROTOCOL)


async def _serve(websocket: WebSocket, origins: frozenset[str], *, protocol: str | None = None) -> None:
    state = websocket.app.state
    if not access.origin_is_among(websocket, origins):
        await websocket.close()
        return
    if state.hub.state.draining:
        await websocket.accept(protocol)
        await websocket.close(RESTARTING)
        return
    try:
        me = await access.socket_who(websocket)
        topics = None if me is None else await _slots(me, dict(websocket.query_params))
    except Unavailable:
        # Not accepted: a browser that is let in believes that it is up to date.
        await websocket.close()
        return
    await websocket.accept(protocol)
    if me is None or topics is None:
        await websocket.close(SIGNED_OUT)
        return

    page = _Page(me, state.hub, state.presence.seat(me.tenant.channel, Person(me.user.id, me.user.name)))
    page.move(topics)
    await socket.serve(
        websocket,
        state.hub,
        channel=me.tenant.channel,
        topics=topics,
        keys=(
            revocation.key(me.session_hash),
            revocation.sight_key(me.session_hash, own_only=me.user.own_only),
            f"user:{me.user.id}",
        ),
        on_message=page.listen,
        on_end=page.seat.leave,
        hello=state.hello,
    )


class _Page:
    """A page that is open: whose it is, and where."""

    __slots__ = ("_around", "_hub", "_me", "seat")

    def __init__(self, me: Who, hub: Hub, seat: Seat) -> None:
        self._me = me
        self._hub = hub
        self._around: str | None = None
        self.seat = seat

    def move(self, slots: Slots) -> None:
        """It shows these."""
        thread = slots["thread"][0] if "thread" in slots else None
        if isinstance(thread, ThreadTopic):
            self.seat.move(thread.conversation_id, thread.company_id)
        else:
            self.seat.move(None)
        counts = slots["counts"][0] if "counts" in slots else None
        self._around = counts.company_id if isinstance(counts, CountsTopic) and not counts.own_only else None

    async def listen(self, connection: Socket, said: Mapping[str, Any]) -> None:
        """Do what the page says."""
        match said.get("t"):
            case "watch":
                try:
                    slots = await _slots(self._me, _said(said))
                except Unavailable:
                    connection.close(COME_BACK)
                    return
                self.move(slots)
                await self._hub.watch(connection, slots)
            case "here":
                self.seat.here(writing=said.get("writing") is True)
            case "gone":
                self.seat.leave()
            case "who":
                self.seat.look_round(connection, part=self._around)


def presence(hub: Hub) -> Presence:
    """Who has which conversation open, over the hub of this process."""
    return Presence(
        hub,
        is_at=lambda topic, place: isinstance(topic, ThreadTopic) and topic.conversation_id == place,
        # The page of a company is told of its conversations, and who sees only their own of none in a list.
        is_around=lambda topic, company_id: (
            isinstance(topic, CountsTopic) and topic.company_id == company_id and not topic.own_only
        ),
    )


async def _slots(me: Who, asked: Mapping[str, str]) -> Slots:
    """The topics of a page: its list (unless `only=thread`), the open thread or campaign, the user's counts."""
    if me.user.guest_of is not None:
        topic = ThreadTopic(me.user.guest_of, me.user.reader, has_notes=False)
        return {"thread": (topic, Cursor.parse(asked.get("thread", "")))}
    if me.shown is not None:
        return await _thread(me, asked)
    me = me.in_company(asked.get("company"))
    counts = CountsTopic(me.user.id, me.company_id, me.user.reader, me.user.own_only)
    slots: Slots = {"counts": (counts, Cursor.parse(asked.get("counts", "")))}
    if asked.get("only") != "thread":
        view, _ = views.asked_for(asked, me)
        slots["list"] = (view, Cursor.parse(asked.get("list", "")))
    campaign_id = choices.as_id(asked.get("campaign"))
    if campaign_id and me.user.may(Act.READ):
        slots["campaign"] = (CampaignTopic(campaign_id), None)
    return slots | await _thread(me, asked)


async def _thread(me: Who, asked: Mapping[str, str]) -> Slots:
    """The topic of the open thread, if this person may see it."""
    shown = await _visible(me, asked.get("c", ""))
    if shown is None:
        return {}
    thread = ThreadTopic(shown.id, me.user.reader, company_id=shown.company_id, only_of=me.tenant.only_of)
    return {"thread": (thread, Cursor.parse(asked.get("thread", "")))}


async def _visible(me: Who, asked: str) -> Conversation | None:
    """The conversation of that id when this person may see it, else None."""
    try:
        return await conversations.find(me.tenant, str(UUID(asked)))
    except (ValueError, NotFound):
        return None


def _said(said: Mapping[str, Any]) -> dict[str, str]:
    """A watch message in the form of the address's parameters."""
    asked = dict(parse_qsl(str(said.get("view") or "").removeprefix("?")))
    for name in ("c", "campaign", "list", "thread", "counts", "only"):
        if said.get(name):
            asked[name] = str(said[name])
    return asked
