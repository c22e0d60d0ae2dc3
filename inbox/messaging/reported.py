"""What texts are told apart by in reports, so that a number and the list of messages behind it cannot disagree."""

from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, false, select

from inbox.storage.tables import messages

By = Literal["recruiter", "template", "campaign", "workflow", "job"]
BYS: tuple[By, ...] = get_args(By)

IS_STOP = and_(messages.c.direction == "in", messages.c.event == "opted_out")
"""Whether a candidate wanted no more texts, in the provider's words."""
IS_ANSWER = and_(messages.c.waited_since.is_not(None), messages.c.source == "person", messages.c.author_id.is_not(None))
"""Whether somebody had waited for this text: only people answer."""

_before = messages.alias("before")
_LAST_ID = (
    select(_before.c.id)
    .where(
        _before.c.organisation_id == messages.c.organisation_id,
        _before.c.conversation_id == messages.c.conversation_id,
        _before.c.direction == "out",
        _before.c.at < messages.c.at,
    )
    .order_by(_before.c.at.desc(), _before.c.id.desc())
    .limit(1)
    .correlate(messages)
    .scalar_subquery()
)
last = messages.alias("last")
"""The text of ours that a candidate's text came after, joined by `IS_LAST`."""
IS_LAST = and_(last.c.organisation_id == messages.c.organisation_id, last.c.id == _LAST_ID)


def is_of(by: By, key: str, table: Any = messages) -> ColumnElement[bool]:
    """Whether a text of ours in `table` is of this recruiter, template, campaign, workflow (an id) or job."""
    if not key:
        return false()
    if by in ("campaign", "workflow"):
        return and_(table.c.source == by, table.c.origin_id == key)
    column = {"recruiter": table.c.author_id, "template": table.c.template_id, "job": table.c.job}[by]
    return and_(table.c.direction == "out", column == key)
