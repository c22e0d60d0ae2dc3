"""A file of candidates as spreadsheets save it: its text, its columns, and what each of them probably holds."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from inbox.errors import Invalid
from inbox.languages import _

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 10_000
_MOST_COLUMNS = 50
_FORMULA_SIGNS = tuple("=+-@")
_SEPARATORS = ",;\t|"

# What a column can be, in the order of the choice, with the headings that name it without asking.
FIELDS = {
    "name": (_("Name"), ("name", "full name", "candidate", "candidate name", "kandidat")),
    "first_name": (_("First name"), ("first name", "firstname", "given name", "forename", "vorname")),
    "last_name": (_("Last name"), ("last name", "lastname", "surname", "family name", "nachname")),
    "number": (
        _("Mobile number"),
        (
            *(
                "mobile number",
                "mobile",
                "number",
                "phone",
                "phone number",
                "mobile phone",
                "cell",
                "cell phone",
                "tel",
            ),
            *("mobilnummer", "handynummer", "telefon"),
        ),
    ),
    "email": (_("Email"), ("email", "e mail", "email address", "mail")),
    "stage": (_("Stage"), ("stage", "status", "phase")),
    "job": (_("Job"), ("job", "job title", "position", "role", "vacancy", "stelle")),
    "city": (_("City"), ("city", "town", "suburb", "location", "ort")),
    "consent": (_("Consent to texts"), ("consent", "consent to texts", "sms consent", "opt in", "einwilligung")),
    "owner": (_("Owner"), ("owner", "recruiter", "consultant", "zuständig")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: the line it begins on, from 1, and its cells."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportFile:
    """The headings and the rows below them, without empty ones."""

    headings: tuple[str, ...]
    lines: tuple[Line, ...]


def read(content: bytes) -> ImportFile:
    """The file that was chosen. Raises Invalid with a sentence for `file`."""
    if len(content) > MOST_BYTES:
        raise _wrong(
            _(
                "The file is larger than %(number)s MB. Split it and import the parts.",
                number=MOST_BYTES // 1024 // 1024,
            )
        )
    if content.startswith(b"PK\x03\x04") or content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _wrong(_("This is a workbook. Save it as CSV in your spreadsheet, then choose that file."))
    text = _text(content)
    if "\x00" in text:
        raise _wrong(_("This is not a CSV file."))
    lines = _lines(text)
    if not lines:
        raise _wrong(_("The file is empty."))
    headings = tuple(heading.strip() for heading in lines[0].cells)
    if len(headings) > _MOST_COLUMNS:
        raise _wrong(
            _(
                "The file has %(number)s columns, %(most)s at most can be read.",
                number=len(headings),
                most=_MOST_COLUMNS,
            )
        )
    if len(lines) == 1:
        raise _wrong(_("The file has one line only. The first line names the columns, the candidates stand below it."))
    if len(lines) > MOST_ROWS + 1:
        raise _wrong(
            _(
                "The file has %(number)s rows. Split it: %(most)s at most are imported together.",
                number=len(lines) - 1,
                most=MOST_ROWS,
            )
        )
    return ImportFile(headings, tuple(lines[1:]))


def guessed(headings: Sequence[str]) -> tuple[str, ...]:
    """The field that each column holds by its heading, each field once; "" for a column that is left out."""
    named = {heading: field for field, (_, names) in FIELDS.items() for heading in names}
    found: list[str] = []
    for heading in headings:
        plain = " ".join(heading.casefold().replace("_", " ").replace("-", " ").split())
        field = named.get(plain, "")
        found.append("" if field in found else field)
    return tuple(found)


def _text(content: bytes) -> str:
    """As it was meant: UTF-8, UTF-16 where the file says so, else what old spreadsheets write in the West."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _lines(text: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), skipinitialspace=True)
    lines: list[Line] = []
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(Line(begins, tuple(map(_cell, cells))))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _wrong(
            _("The file cannot be read from line %(number)s on: a quotation mark is missing.", number=begins)
        ) from error
    return lines


def _cell(cell: str) -> str:
    """Without the sign that keeps a spreadsheet from taking it for a formula, as our own files have it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA_SIGNS else cell


def _separator(text: str) -> str:
    """The sign that the first line has most of, outside of quotation marks."""
    first = text.lstrip().partition("\n")[0]
    outside = "".join(first.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _wrong(sentence: str) -> Invalid:
    return Invalid({"file": sentence})
