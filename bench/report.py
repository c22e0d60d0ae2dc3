"""What a row has measured: lines of a table, goals that hold or are missed, and notes; as text and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

COLUMN_GAP = "   "


@dataclass(frozen=True)
class Verdict:
    """A goal in words, what was measured in words, and whether it holds."""

    goal: str
    measured: str
    holds: bool

    @property
    def line(self) -> str:
        """One line for people."""
        return f"{'holds' if self.holds else 'MISSED'}: {self.goal}: {self.measured}"


@dataclass(frozen=True)
class Report:
    """`lines` is the table, a mapping of column to text for each line; `data` is all of it as numbers, for JSON."""

    title: str
    lines: Sequence[Mapping[str, str]]
    verdicts: Sequence[Verdict] = ()
    notes: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """The table, the verdicts under it and the notes."""
        parts = [f"\n{self.title}", *_table(self.lines)]
        parts += [f"  {verdict.line}" for verdict in self.verdicts]
        parts += [f"  {note}" for note in self.notes]
        return "\n".join(parts)

    def as_json(self) -> dict[str, Any]:
        """What `json.dumps` takes."""
        return {
            "title": self.title,
            "lines": [dict(line) for line in self.lines],
            "goals": [{"goal": one.goal, "measured": one.measured, "holds": one.holds} for one in self.verdicts],
            "notes": list(self.notes),
            **self.data,
        }


def _table(lines: Sequence[Mapping[str, str]]) -> list[str]:
    columns = list(dict.fromkeys(column for line in lines for column in line))
    rows = [columns, *([line.get(column, "") for column in columns] for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    return [
        "  " + COLUMN_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
