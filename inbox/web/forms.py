"""Fields of a posted form, with a sentence for each that cannot be taken."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.requests import Request

from inbox.errors import Invalid, NotFound, too_long
from inbox.languages import _

_MOST_FIELDS = 100

# NUL and lone surrogates cannot be stored as text in PostgreSQL.
_NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")


class Form:
    """The fields as text. Ask for each, then `check()` once: it raises Invalid with everything that is wrong."""

    def __init__(self, fields: Mapping[str, str], pairs: Sequence[tuple[str, str]] = ()) -> None:
        self._fields = fields
        self._pairs = pairs
        self._sentences: dict[str, str] = {}

    def every(self, name: str) -> list[str]:
        """Each value of a repeated field, such as that of boxes that were ticked."""
        return [value for other, value in self._pairs if other == name]

    def raw(self, name: str) -> str:
        """The field as it was typed, with plain line feeds; "" when it is not there."""
        lines = self._fields.get(name, "").replace("\r\n", "\n").replace("\r", "\n")
        return _NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", lines)

    def text(self, name: str, *, most: int, needed: str | None = None) -> str:
        """The field without blanks around it, of at most `most` characters; `needed` is said when it is empty."""
        value = self.raw(name).strip()
        if not value and needed is not None:
            self._sentences[name] = needed
        if len(value) > most:
            self._sentences[name] = too_long(len(value), most)
        return value

    def date(self, name: str, *, label: str) -> date | None:
        """The field as a day (ISO 8601); None when it is empty or, with a sentence that names `label`, not a day."""
        value = self.raw(name).strip()
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self._sentences[name] = _("%(label)s must be a real date", label=label)
            return None

    def check(self) -> None:
        """Raise Invalid when a field so far could not be taken."""
        if self._sentences:
            raise Invalid(self._sentences)


def as_id(text: str) -> str:
    """The id that a field names, as it is stored. Raises NotFound for what is none."""
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound from None


async def read(request: Request, *, most_fields: int = _MOST_FIELDS) -> Form:
    """The posted form; of a repeated field the last value counts. Files and more fields are refused with 400."""
    async with request.form(max_files=0, max_fields=most_fields) as posted:
        pairs = [(name, value) for name, value in posted.multi_items() if isinstance(value, str)]
        return Form(dict(pairs), pairs)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was posted."""

    name: str
    content: bytes


async def read_with_files(request: Request, *, most_files: int) -> tuple[Form, list[File]]:
    """The posted form with its files, at most so many of them; empty ones, which browsers send, are left out."""
    async with request.form(max_files=most_files, max_fields=_MOST_FIELDS) as posted:
        pairs = [(name, value) for name, value in posted.multi_items() if isinstance(value, str)]
        files = [
            File(value.filename or "", await value.read())
            for _, value in posted.multi_items()
            if isinstance(value, UploadFile) and value.size
        ]
        return Form(dict(pairs), pairs), files
