"""The lines of an export as its files have them, in the words of a reader.

Of several tables each has its name above it in a CSV file, and in a workbook a sheet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from inbox.languages.readers import Reader
from inbox.languages.sentences import said
from inbox.reports import sheets
from inbox.reports.export_rows import Rows
from inbox.reports.sheets import Cell, Cells
from inbox.reports.workbooks import Sheet

Line: TypeAlias = str | list[Cell]
"""Cells; or the name of a table that begins."""


def below(heading: Cells, rows: Rows) -> Rows:
    """The first rows of a file with their heading; a kind whose tables have their own has none."""
    return replace(rows, cells=[heading, *rows.cells]) if heading else rows


def lines(rows: Rows, reader: Reader) -> Iterator[Line]:
    """Every line in its order."""
    for place, cells in enumerate(rows.cells):
        if place in rows.tables:
            yield said(rows.tables[place], reader)
        yield sheets.words(cells, reader)


def as_csv(rows: Rows, reader: Reader, *, begins: bool) -> str:
    """The text of a part of the file; whether the file `begins` with it."""
    found: list[Cells] = []
    for one in lines(rows, reader):
        if isinstance(one, str):
            found += [(one,)] if begins and not found else [(), (one,)]
        else:
            found.append(one)
    return sheets.lines(found, reader)


def as_sheets(name: str, written: Iterable[Line]) -> list[Sheet]:
    """All lines as sheets; `name` is that of the only one."""
    found: list[tuple[str, list[Cells]]] = []
    for one in written:
        if isinstance(one, str):
            found.append((one, []))
            continue
        if not found:
            found.append((name, []))
        found[-1][1].append(one)
    return [*found]
