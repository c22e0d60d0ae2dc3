"""Lines of a CSV file (RFC 4180) that a spreadsheet opens without taking a cell for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from inbox.languages.readers import ENGLISH, Reader
from inbox.languages.sentences import said

# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\x00")


def line(cells: Sequence[str], reader: Reader = ENGLISH) -> str:
    """One line, with its line end; sentences of ours are put into words for `reader`."""
    return lines([cells], reader)


def lines(rows: Iterable[Sequence[str]], reader: Reader = ENGLISH) -> str:
    """Lines, each with its end."""
    written = io.StringIO()
    write = csv.writer(written)
    for cells in rows:
        write.writerow([f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in words(cells, reader)])
    return written.getvalue()


def words(cells: Sequence[str], reader: Reader) -> list[str]:
    """The cells in words for `reader`."""
    return [said(cell, reader) for cell in cells]
