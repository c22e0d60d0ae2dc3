"""What can be exported, who may, and where the rows come from."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from inbox.accounts.roles import Act
from inbox.languages import _
from inbox.reports import export_conversations, export_messages, export_reports, export_rows, export_workflows
from inbox.reports.export_rows import Asked, Rows
from inbox.storage.database import Tenant

Read = Callable[[Tenant, Asked, str | None, int], Awaitable[Rows]]
Heading = Callable[[Tenant, Asked], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of export: what it is called, its file, and who may have it."""

    words: str
    file_name: str
    act: Act
    heading: Heading
    read: Read
    """The rows behind a key, at most so many."""


def _always(cells: Sequence[str]) -> Heading:
    async def heading(tenant: Tenant, asked: Asked) -> Sequence[str]:
        return cells

    return heading


KINDS: Mapping[str, Kind] = {
    "messages": Kind(
        _("Chat messages"), "chat-messages", Act.EXPORT, _always(export_messages.HEADING), export_messages.messages
    ),
    "inbox": Kind(
        _("Conversations"),
        "conversations",
        Act.EXPORT,
        _always(export_conversations.HEADING),
        export_conversations.conversations,
    ),
    "candidates": Kind(_("Candidates"), "candidates", Act.EXPORT, _always(export_rows.PEOPLE), export_rows.candidates),
    "recipients": Kind(
        _("Campaign results"), "campaign", Act.EXPORT, _always(export_rows.RECIPIENTS), export_rows.recipients
    ),
    "executions": Kind(
        _("Workflow history"),
        "workflow-history",
        Act.EXPORT,
        _always(export_workflows.HEADING),
        export_workflows.executions,
    ),
    "dialogues": Kind(
        _("Text Engage"), "text-engage", Act.EXPORT, export_rows.dialogues_heading, export_rows.dialogues
    ),
    "consents": Kind(_("Consents"), "consents", Act.EXPORT, _always(export_rows.CONSENTS), export_rows.agreements),
    "opt_outs": Kind(_("Opt-outs"), "opt-outs", Act.EXPORT, _always(export_rows.OPT_OUTS), export_rows.opted_out),
    "billing": Kind(
        _("SMS billing log"), "sms-billing-log", Act.BILLING, _always(export_rows.BILLING), export_rows.billing
    ),
    "report": Kind(_("Chat report"), "chat-report", Act.EXPORT, _always(()), export_reports.report),
    "audit": Kind(_("Audit log"), "audit-log", Act.USERS, _always(export_rows.AUDIT), export_rows.acts),
}
