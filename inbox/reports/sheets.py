"""Lines of a CSV file (RFC 4180) that a spreadsheet opens without taking a cell for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from inbox.languages.readers import ENGLISH, Reader
from inbox.languages.sentences import said

Cell: TypeAlias = str | int | float
Cells: TypeAlias = Sequence[Cell]

# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\x00")


def line(cells: Cells, reader: Reader = ENGLISH) -> str:
    """One line, with its line end; sentences of ours are put into words for `reader`."""
    return lines([cells], reader)


def lines(rows: Iterable[Cells], reader: Reader = ENGLISH) -> str:
    """Lines, each with its end."""
    written = io.StringIO()
    write = csv.writer(written)
    for cells in rows:
        write.writerow([_harmless(cell) for cell in words(cells, reader)])
    return written.getvalue()


def words(cells: Cells, reader: Reader) -> list[Cell]:
    """The cells in words for `reader`."""
    return [said(cell, reader) if isinstance(cell, str) else cell for cell in cells]


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell
