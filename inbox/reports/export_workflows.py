"""The history of a workflow as a file: a line for each candidate who came into it."""

from collections.abc import Sequence

from inbox.automation import workflow_executions
from inbox.automation.workflow_executions import STATE_WORDS, Execution
from inbox.languages import _
from inbox.reports.export_rows import Asked, Rows, utc
from inbox.storage.database import Tenant

HEADING = (
    *(_("Candidate"), _("Job"), _("State"), _("Reason"), _("Next step"), _("Due (UTC)")),
    *(_("Version of the steps"), _("Begun (UTC)"), _("Ended (UTC)")),
)


async def executions(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """Who came into the workflow, the latest first, narrowed by state."""
    found, more = await workflow_executions.of_workflow(
        tenant, asked["workflow"], state=asked["state"], before=after, most=most
    )
    return Rows([_cells(one) for one in found], more, frozenset(one.candidate_id for one in found))


def _cells(one: Execution) -> Sequence[str]:
    coming = one.step.sentence if one.is_open and one.step else ""
    return [
        *(
            one.name or "",
            one.job,
            STATE_WORDS[one.state],
            one.reason,
            coming,
            utc(one.due_at if one.is_open else None),
        ),
        *(str(one.version), utc(one.begun_at), utc(one.ended_at)),
    ]
