"""The list of the inbox as lines of an export: what its filters show, in its order."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from inbox import clock
from inbox.languages import _
from inbox.messaging import filters, views
from inbox.messaging.conversation_rows import ConversationRow
from inbox.messaging.views import View
from inbox.reports.export_rows import Asked, Rows, utc
from inbox.storage.database import Tenant

HEADING = (
    *(_("Candidate"), _("Number"), _("State"), _("Assigned to"), _("Last message (UTC)"), _("Last message by")),
    *(_("Last message"), _("Unread"), _("Not delivered"), _("Waiting since (UTC)"), _("Opted out")),
)


def asked(view: View) -> Asked:
    """A view as it is kept with an export."""
    whose = {"user": view.user_id or "", "zone": view.zone, "company": view.company_id or ""}
    return dict(parse_qsl(view.query(company=None).removeprefix("?"))) | whose


async def conversations(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """The conversations of a view, as its list shows them; one to which somebody writes meanwhile may be left out."""
    found = await filters.page(tenant, _view(asked), before=after, most=most)
    return Rows([_cells(row) for row in found.rows], found.more, frozenset(row.candidate_id for row in found.rows))


def _view(asked: Mapping[str, str]) -> View:
    return views.read(asked, user_id=asked["user"], zone=asked["zone"], company_id=asked["company"] or None)


def _cells(row: ConversationRow) -> list[str]:
    return [
        *(row.name if row.name != row.number else "", row.number, _state(row), row.assignee or ""),
        *(utc(row.last_at), row.last_author or row.name, row.last_text),
        *(str(row.unread), str(row.failed), utc(row.waiting_since), _("yes") if row.opted_out else _("no")),
    ]


def _state(row: ConversationRow) -> str:
    if row.closed:
        return _("Closed")
    snoozed = row.snoozed_until is not None and row.snoozed_until > clock.now()
    return _("Snoozed") if snoozed else _("Open")
