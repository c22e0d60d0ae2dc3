"""Lines of a CSV file (RFC 4180) that a spreadsheet opens without taking a cell for a formula."""

import csv
import io
from collections.abc import Sequence

# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\x00")


def line(cells: Sequence[str]) -> str:
    """One line, with its line end."""
    written = io.StringIO()
    csv.writer(written).writerow([f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in cells])
    return written.getvalue()
