"""The condition of a view, in two parts: what an index of the list answers, and what each conversation is asked."""

from datetime import datetime

from sqlalchemy import and_, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from inbox.messaging.views import NOBODY, View
from inbox.storage import search_documents as documents
from inbox.storage import search_terms
from inbox.storage.search_index import Word, holds
from inbox.storage.tables import conversations, messages, search_documents
from inbox.storage.words import words as words_of

# Literals, so that the planner knows the partial indexes serve them.
UNREAD = conversations.c.unread > literal_column("0")
OPEN = and_(conversations.c.closed_at.is_(None), conversations.c.snoozed_until.is_(None))
SNOOZED = conversations.c.snoozed_until.is_not(None)
_FAILED = conversations.c.failed > literal_column("0")
_CLOSED = conversations.c.closed_at.is_not(None)
_WAITING = conversations.c.waiting_since.is_not(None)
_UNASSIGNED = conversations.c.assignee_id.is_(None)


def matches(view: View, now: datetime) -> ColumnElement[bool]:
    """Under which `view` shows a conversation at `now` (UTC); joined with `search_documents` if it `needs_document`."""
    return and_(of_list(view, now), asked(view, now, search_documents.c.words, search_documents.c.marks))


def needs_document(view: View) -> bool:
    """Whether the document of a conversation has to say if the view shows it: by its words, tags or job."""
    return bool(view.q or view.tag or view.job)


def past(view: View, now: datetime) -> datetime | None:
    """The end of the view's days, if it is over; else the last message decides alone: nothing is newer than now."""
    _, end = view.bounds(now)
    return end if end is not None and end <= now else None


def documented() -> ColumnElement[bool]:
    """Joins a conversation with its search document."""
    return and_(
        search_documents.c.organisation_id == conversations.c.organisation_id,
        search_documents.c.conversation_id == conversations.c.id,
    )


def is_asked(view: View, now: datetime) -> bool:
    """Whether the list has to be asked conversation by conversation, as no index of it answers for the view."""
    return needs_document(view) or past(view, now) is not None


def of_list(view: View, now: datetime) -> ColumnElement[bool]:
    """The part that one of the list's indexes answers: whose, which chips, and since when something was written."""
    wanted: list[ColumnElement[bool]] = [_CLOSED if view.closed else SNOOZED if view.snoozed else OPEN]
    if view.company_id is not None:
        wanted.append(conversations.c.company_id == view.company_id)
    if view.user_id is not None:
        wanted.append(conversations.c.assignee_id == view.user_id)
    if view.owner == NOBODY:
        wanted.append(_UNASSIGNED)
    elif view.owner is not None:
        wanted.append(conversations.c.assignee_id == view.owner)
    if view.unread:
        wanted.append(UNREAD)
    if view.failed:
        wanted.append(_FAILED)
    if view.waiting:
        wanted.append(_WAITING)
    start, _ = view.bounds(now)
    if start is not None:
        wanted.append(conversations.c.last_message_at >= start)
    return and_(*wanted)


def asked(view: View, now: datetime, words: ColumnElement[str], marks: ColumnElement[str]) -> ColumnElement[bool]:
    """The other part: the words of a search, the candidate's tags and job, and days that are over."""
    wanted: list[ColumnElement[bool]] = [
        holds(marks, f" {mark.text}{'' if mark.is_prefix else ' '}") for mark in marked(view)
    ]
    if view.q:
        wanted.append(search_terms.condition(view.q, words, conversations.c.candidate_number.contains))
    end = past(view, now)
    if end is not None:
        wanted.append(conversations.c.first_message_at < end)
        start, _ = view.bounds(now)
        if start is not None:
            wanted.append(_written_between(start, end))
    return and_(True, *wanted)


def marked(view: View) -> list[Word]:
    """The marks that the document of every conversation of the view has, for its tag and the words of its job.

    A job without any word, such as "?", is one that nobody has.
    """
    found = [Word(documents.tag_mark(view.tag))] if view.tag else []
    if view.job:
        *whole, last = words_of(view.job) or [""]
        found += [*(Word(documents.job_mark(word)) for word in whole), Word(documents.job_mark(last), bool(last))]
    return found


def _written_between(start: datetime, end: datetime) -> ColumnElement[bool]:
    # Not EXISTS, for which PostgreSQL may read all messages of these days first.
    one = (
        select(messages.c.id)
        .where(
            messages.c.organisation_id == conversations.c.organisation_id,
            messages.c.conversation_id == conversations.c.id,
            messages.c.at >= start,
            messages.c.at < end,
        )
        .limit(1)
    )
    return one.correlate(conversations).scalar_subquery().is_not(None)
