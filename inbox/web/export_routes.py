"""The addresses of what leaves the house as a file."""

from starlette.routing import BaseRoute, Route

from inbox.web import candidates, exports, opt_outs, transcripts

EXPORT = f"{exports.ADDRESS}/{{export_id:uuid}}"

ROUTES: tuple[BaseRoute, ...] = (
    Route(exports.ADDRESS, exports.index),
    Route(EXPORT, exports.show),
    Route(f"{EXPORT}/cancel", exports.cancel, methods=["POST"]),
    Route(f"{EXPORT}/{{file_name}}", exports.download),
    Route("/inbox/c/{conversation_id:uuid}/transcript", transcripts.show),
    Route("/inbox/c/{conversation_id:uuid}/transcript.pdf", transcripts.download),
    Route("/candidates.csv", candidates.export),
    Route(f"{opt_outs.ADDRESS}.csv", opt_outs.export),
)
