"""Tables as a workbook (XLSX, ECMA-376), in which no cell is a formula."""

from collections.abc import Sequence
from io import BytesIO
from typing import TypeAlias

import xlsxwriter

from inbox.reports.sheets import Cells

Sheet: TypeAlias = tuple[str, Sequence[Cells]]
"""Its name, and its rows with the heading."""
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 50_000
"""Lines of an export as a workbook, which is made in one go."""
_MOST_CHARACTERS = 32_767
"""Of a cell."""
_MOST_OF_NAME = 31


def made(sheets: Sequence[Sheet]) -> bytes:
    """The file; takes the time of a processor, so in a thread of its own."""
    file = BytesIO()
    # Row by row to a file, and what stands in a text is only ever a text.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as workbook:
        bold = workbook.add_format({"bold": True})
        for name, rows in sheets:
            sheet = workbook.add_worksheet(name[:_MOST_OF_NAME])
            sheet.freeze_panes(1, 0)
            for at, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    if isinstance(cell, str):
                        sheet.write_string(at, column, cell[:_MOST_CHARACTERS], None if at else bold)
                    else:
                        sheet.write_number(at, column, cell)
    return file.getvalue()
