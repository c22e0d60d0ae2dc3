"""The addresses of what leaves the house as a file."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from inbox.web import (
    audit_log,
    billing_log,
    campaigns,
    candidates,
    chat_messages,
    chat_report,
    chatbot,
    chatbot_sessions,
    consents,
    exports,
    inbox,
    opt_outs,
    report_files,
    transcripts,
    workflows,
)

EXPORT = f"{exports.ADDRESS}/{{export_id:uuid}}"


def _both(address: str, handler: Callable[[Request], Awaitable[Response]]) -> tuple[BaseRoute, ...]:
    """A list as CSV and as a workbook."""
    return tuple(Route(f"{address}.{format}", handler) for format in ("csv", "xlsx"))


ROUTES: tuple[BaseRoute, ...] = (
    Route(exports.ADDRESS, exports.index),
    Route(EXPORT, exports.show),
    Route(f"{EXPORT}/cancel", exports.cancel, methods=["POST"]),
    Route(f"{EXPORT}/{{file_name}}", exports.download),
    Route("/inbox/c/{conversation_id:uuid}/transcript", transcripts.show),
    Route("/inbox/c/{conversation_id:uuid}/transcript.pdf", transcripts.download),
    *_both("/inbox", inbox.export),
    *_both("/candidates", candidates.export),
    *_both(opt_outs.ADDRESS, opt_outs.export),
    *_both(consents.ADDRESS, consents.export),
    *_both(chat_messages.ADDRESS, chat_messages.export),
    *_both(chat_report.ADDRESS, report_files.export),
    *_both(billing_log.ADDRESS, billing_log.export),
    *_both(audit_log.ADDRESS, audit_log.export),
    *_both(f"{campaigns.ADDRESS}/{{campaign_id:uuid}}/recipients", campaigns.export),
    *_both(f"{workflows.ADDRESS}/{{workflow_id:uuid}}/executions", workflows.export),
    *_both(f"{chatbot.ADDRESS}/{{intent_id:uuid}}/sessions", chatbot_sessions.export),
)
