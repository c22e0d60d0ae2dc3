"""A file of candidates as a browser posts it, to import them or to text them."""

import asyncio

from starlette.datastructures import UploadFile
from starlette.requests import Request

from inbox.candidates import import_files
from inbox.candidates.import_files import ImportFile
from inbox.errors import Invalid
from inbox.languages import _

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
