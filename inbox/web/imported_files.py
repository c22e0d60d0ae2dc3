"""What all that reads a file has in common: the file as a browser posts it, the next step, the rows to mend."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from inbox.candidates import import_files
from inbox.candidates.import_files import ImportFile
from inbox.errors import Invalid, Refused
from inbox.languages import _
from inbox.languages.readers import Reader
from inbox.reports import sheets
from inbox.storage.database import Tenant
from inbox.web.access import Who, note

Act = Callable[[Tenant, str], Awaitable[None]]
"""A step of an import, by its id; raises Refused where it cannot be taken any more."""

WRONG_SHOWN = 100
_MOST_NAME = 100


async def posted(request: Request) -> tuple[str, ImportFile]:
    """Its name and its rows. Raises Invalid with a sentence for `file` where none was chosen or it cannot be read."""
    async with request.form(max_files=1, max_fields=10) as form:
        chosen = form.get("file")
        if not isinstance(chosen, UploadFile) or not chosen.filename:
            raise Invalid({"file": _("Choose a file first.")})
        name, content = chosen.filename.replace("\x00", "")[-_MOST_NAME:], await chosen.read()
    # Thousands of rows take a moment to read, and everybody else's pages go on meanwhile.
    return name, await asyncio.to_thread(import_files.read, content)


async def hindered(me: Who, act: Act, import_id: str, what: str) -> str | None:
    """Take a step and note `what` it was; the sentence why not when somebody was faster."""
    try:
        async with me.tenant.transaction():
            await act(me.tenant, import_id)
            await note(me, "import", what)
    except Refused as refused:
        return refused.sentence
    return None


def to_mend(headings: Sequence[str], rows: Iterable[tuple[Sequence[str], str]], reader: Reader) -> Response:
    """Rows that were left out, each with the sentence why, as a file to mend and choose again."""
    lines = [[*headings, _("What is wrong")], *([*cells, sentence] for cells, sentence in rows)]
    return StreamingResponse(
        (sheets.line(cells, reader) for cells in lines),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="not-imported.csv"'},
    )
