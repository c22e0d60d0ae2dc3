"""The log of texts as a file."""

from typing import cast

from inbox.languages import _, known, pgettext
from inbox.messaging import message_log
from inbox.messaging.message_log import Direction, Log, Only, Source
from inbox.messaging.outcomes import Outcome
from inbox.messaging.reported import By
from inbox.reports.export_rows import Asked, Rows, asked_days, moment, utc
from inbox.storage.database import Tenant

HEADING = (
    *(_("When (UTC)"), _("Direction"), _("Candidate"), _("Number"), pgettext("a text", "From"), _("Text")),
    *(_("State"), _("Reason"), _("Code"), _("Segments"), _("Carries")),
)
_WAYS = {"in": pgettext("the way of a text", "in"), "out": pgettext("the way of a text", "out")}


def asked_messages(log: Log) -> Asked:
    """A log as it is kept with an export."""
    return {
        **asked_days(log.start, log.end),
        "company": log.company_id or "",
        "direction": log.direction,
        "source": log.source,
        "outcome": log.outcome or "",
        "failed": "1" if log.failed else "",
        "reason": log.reason,
        "template": log.template_id,
        "only": log.only,
        "by": log.by[0] if log.by else "",
        "whose": log.by[1] if log.by else "",
    }


async def messages(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """Texts, newest first."""
    log = Log(
        start=moment(asked["start"]),
        end=moment(asked["end"]),
        company_id=asked["company"] or None,
        direction=cast(Direction, asked["direction"]),
        source=cast(Source, asked["source"]),
        outcome=cast(Outcome, asked["outcome"]) if asked["outcome"] else None,
        failed=asked["failed"] == "1",
        reason=asked["reason"],
        template_id=asked["template"],
        only=cast(Only, asked["only"]),
        by=(cast(By, asked["by"]), asked["whose"]) if asked["by"] else None,
    )
    found = await message_log.page(tenant, log, before=after, most=most)
    cells = [_message(entry) for entry in found.entries]
    return Rows(cells, found.more, frozenset(entry.candidate_id for entry in found.entries))


def _message(entry: message_log.Entry) -> list[str]:
    message, failure = entry.message, entry.message.failure
    return [
        *(utc(message.at), _WAYS[message.direction], entry.name, entry.number, message.author or entry.name),
        *(message.body or entry.carries, message.state_words or _("Received"), known(failure.words) if failure else ""),
        *(str(failure.code or "") if failure else "", str(message.segments), entry.carries),
    ]
