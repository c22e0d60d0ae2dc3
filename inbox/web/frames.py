"""What sockets receive: events turned into HTML frames, once per topic, by the queries and fragments of the page."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from typing import cast
from zoneinfo import ZoneInfo

from inbox.messaging import (
    conversation_rows,
    conversations,
    filters,
    media,
    messages,
    notes,
    permission,
    scheduled_texts,
)
from inbox.messaging.conversation_rows import ConversationRow
from inbox.messaging.views import View
from inbox.rendering import render
from inbox.storage.database import Database, Tenant
from inbox.storage.events import NOT_IN_LIST, Event, EventKind
from inbox.web import low_balance, notified, running
from inbox.web.notified import Notified
from inbox.web.shared_counts import Count, SharedCounts
from inbox.web.shown_messages import in_order, shown
from inbox.web.threads import blocked_state
from inbox.web.topics import CampaignTopic, CountsTopic, ThreadTopic
from realtime import hub
from realtime.hub import Cursor, Topic

REFETCH = '{"t":"refetch","slot":"list"}'
REFETCH_CAMPAIGN = '{"t":"refetch","slot":"campaign"}'
GIVEN_AWAY = '{"t":"given-away"}'
"""To whom a thread is not to be seen any more."""


class Frames:
    """Renders an organisation's new events for every topic that is watched (realtime's `Render`)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shared = SharedCounts()

    async def __call__(
        self, channel: str, topics: Mapping[Topic, Cursor], events: Sequence[hub.Event], upto: Cursor
    ) -> AsyncGenerator[Mapping[Topic, str], None]:
        """A finished frame for each topic that has something to show: lists and counts first, then threads.

        The number of queries depends on the events, never on the number of topics and sockets.
        """
        happened = cast(Sequence[Event], events)  # the hub passes on what our EventLog read
        tenant = Tenant(self._database, int(channel))
        in_list = [event for event in happened if event.kind not in NOT_IN_LIST]
        views = [topic for topic in topics if isinstance(topic, View)]
        ids = _conversation_ids(in_list)
        counts = {topic: before for topic, before in topics.items() if isinstance(topic, CountsTopic)}
        # Mine is Shared with one condition more, which the row itself answers.
        rows, shown_in, shared, told = await asyncio.gather(
            conversation_rows.by_ids(tenant, ids),
            filters.matching(tenant, {view.on_shared() for view in views if not view.q}, ids),
            _counted(tenant, counts, ids),
            notified.by_user(tenant, happened, {topic.user_id: topic.own_only for topic in counts}),
        )
        frames = self._lists({view: topics[view] for view in views}, in_list, rows, shown_in, upto)
        frames.update(await self._counts(tenant, counts, happened, rows, shared, told, upto))
        if _has_crossed_zero(happened):
            said = await low_balance.banners_of_all(tenant, {topic.user_id for topic in counts})
            for topic in counts:
                banner = {"banners": said[topic.user_id], "before": str(topics[topic]), "upto": str(upto)}
                frames[topic] = frames.get(topic, "") + render("live/banners.html", topic.reader, **banner)
        frames |= _campaigns(topics, happened)
        yield frames
        yield await self._threads(tenant, topics, happened, upto)

    def _lists(
        self,
        views: Mapping[View, Cursor],
        events: Sequence[Event],
        rows: Mapping[str, ConversationRow],
        shown_in: Mapping[View, frozenset[str]],
        upto: Cursor,
    ) -> dict[Topic, str]:
        """Rows for the views that show them, "gone" for those that no longer do."""
        if not rows:
            return {}
        # Words are searched again, not matched live.
        frames: dict[Topic, str] = {view: REFETCH for view in views if view.q}
        concerned = _concerned(events, rows)
        for view, before in views.items():
            if view.q or not (view.user_id is None or view.user_id in concerned):
                continue
            matched = shown_in[view.on_shared()]
            shown_ids = {row.id for row in rows.values() if row.id in matched and _is_of(row, view)}
            frames[view] = render(
                "live/list.html",
                view.reader,
                rows=sorted((rows[key] for key in shown_ids), key=lambda row: row.key_in(view), reverse=True),
                gone=[row for row in rows.values() if row.id not in shown_ids and _was_of(row, view, events)],
                view=view,
                before=str(before),
                upto=str(upto),
            )
        return frames

    async def _threads(
        self, tenant: Tenant, topics: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor
    ) -> Mapping[Topic, str]:
        """New and changed bubbles, and whether the composer is open, for those who have the conversation open."""
        touched = _conversation_ids(events)
        in_all = _has_crossed_zero(events)
        threads = [topic for topic in topics if isinstance(topic, ThreadTopic)]
        watched = [topic for topic in threads if in_all or topic.conversation_id in touched]
        if not watched:
            return {}
        open_ids = {topic.conversation_id for topic in watched}
        wanted = {event.message_id for event in events if event.message_id and event.conversation_id in open_ids}
        found, written, opened = await asyncio.gather(
            messages.by_ids(tenant, wanted), notes.by_ids(tenant, wanted), conversations.by_ids(tenant, open_ids)
        )
        # Nearly always there are none, and nothing is asked.
        later = await scheduled_texts.of(tenant, [one.id for one in opened.values() if one.scheduled])
        runs = await running.of_events(tenant, opened, events)
        carried = await media.of_messages(tenant, found)
        blocks = await permission.standing(tenant, [*opened.values()], ZoneInfo("UTC"))  # their sentences are not shown
        return {
            topic: GIVEN_AWAY
            if topic.only_of not in (None, opened[topic.conversation_id].assignee_id)
            else render(
                "live/thread.html",
                topic.reader,
                messages=in_order(
                    shown(
                        [message for message in found if message.conversation_id == topic.conversation_id],
                        opened[topic.conversation_id],
                        carried,
                        for_guest=not topic.has_notes,
                    ),
                    [note for note in written if topic.has_notes and note.conversation_id == topic.conversation_id],
                ),
                conversation=opened[topic.conversation_id],
                running=runs.get(topic.conversation_id) if topic.has_notes else None,
                scheduled=[text for text in later if topic.has_notes and text.conversation_id == topic.conversation_id],
                composer_state=blocked_state(blocks.get(topic.conversation_id)),
                before=str(topics[topic]),
                upto=str(upto),
            )
            for topic in watched
        }

    async def _counts(
        self,
        tenant: Tenant,
        topics: Mapping[CountsTopic, Cursor],
        events: Sequence[Event],
        rows: Mapping[str, ConversationRow],
        counted: Mapping[str | None, tuple[int, int]],
        told: Mapping[str, Notified],
        upto: Cursor,
    ) -> Mapping[Topic, str]:
        """Counts, for those to whom one of them is new: Mine and the bell change only for whom the events concern."""
        if not rows:
            self._shared.pass_over(tenant.channel, events, upto)
        shared, mine, asked = dict[str | None, Count](), dict[tuple[str, str | None], int](), set[CountsTopic]()
        if rows:
            concerned = _concerned(events, rows)
            for one, at in counted.items():
                shared[one] = self._shared.remember((tenant.channel, one), at, events, upto)
            since = {one: count.since for one, count in shared.items()}
            asked = {
                topic for topic, at in topics.items() if at.seq < since[topic.company_id] or topic.user_id in concerned
            }
            watching = {(one.user_id, one.company_id) for one in asked if one.user_id in concerned}
            mine = {whose: await filters.count_mine(tenant, *whose) for whose in watching}
        news = notified.of_texts(events, rows)
        return {
            topic: render(
                "live/counts.html",
                topic.reader,
                counts={
                    "shared": shared[topic.company_id].number if topic in asked and not topic.own_only else None,
                    "mine": mine.get((topic.user_id, topic.company_id)),
                },
                news=[row for row in news if topic in asked and topic.is_news(row.assignee_id, row.company_id)],
                notified=told.get(topic.user_id),
                before=str(before),
                upto=str(upto),
            )
            for topic, before in topics.items()
            if topic in asked or topic.user_id in told
        }


async def _counted(
    tenant: Tenant, topics: Mapping[CountsTopic, Cursor], ids: Collection[str]
) -> Mapping[str | None, tuple[int, int]]:
    """The shared counts with their events, of the companies that are watched; none if nothing could change them."""
    watched = {topic.company_id for topic in topics} if ids else set[str | None]()
    return {one: await filters.count_shared_at(tenant, one) for one in watched}


def _campaigns(topics: Mapping[Topic, Cursor], events: Sequence[Event]) -> dict[Topic, str]:
    """Pages of campaigns that have changed fetch themselves: their numbers are those that each reader may see."""
    changed = {event.message_id for event in events if event.kind is EventKind.CAMPAIGN_CHANGED}
    return {
        topic: REFETCH_CAMPAIGN for topic in topics if isinstance(topic, CampaignTopic) and topic.campaign_id in changed
    }


def _conversation_ids(events: Sequence[Event]) -> set[str]:
    return {event.conversation_id for event in events if event.conversation_id}


def _has_crossed_zero(events: Sequence[Event]) -> bool:
    """Whether sending has become impossible, or possible again."""
    return any(event.kind is EventKind.BALANCE_CHANGED for event in events)


def _is_of(row: ConversationRow, view: View) -> bool:
    return view.user_id in (None, row.assignee_id) and (not view.waiting or row.waiting_since is not None)


def _was_of(row: ConversationRow, view: View, events: Sequence[Event]) -> bool:
    """Whether a view may have shown a row before these events."""
    if view.user_id in (None, row.assignee_id):
        return True
    return any(event.previous_assignee_id == view.user_id for event in events if event.conversation_id == row.id)


def _concerned(events: Sequence[Event], rows: Mapping[str, ConversationRow]) -> frozenset[str]:
    """The users whose own conversations these are or were a moment ago."""
    owners = [row.assignee_id for row in rows.values()] + [event.previous_assignee_id for event in events]
    return frozenset(owner for owner in owners if owner)
