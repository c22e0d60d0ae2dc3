"""Lines of a CSV file (RFC 4180) that a spreadsheet opens without taking a cell for a formula."""

import csv
import io
from collections.abc import Sequence

# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\x00")


def line(cells: Sequence[str]) -> str:
    """One line, with its line end."""
    return lines([cells])


def lines(rows: Sequence[Sequence[str]]) -> str:
    """Lines, each with its end."""
    written = io.StringIO()
    write = csv.writer(written)
    for cells in rows:
        write.writerow([f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in cells])
    return written.getvalue()
