"""What a company asks for before it texts somebody, read with each conversation."""

from dataclasses import dataclass
from typing import Any

from inbox.storage.tables import candidates, companies

COLUMNS = (companies.c.needs_consent, companies.c.texting_hours, companies.c.daily_cap, candidates.c.city)
"""What a query that joins both adds for `read`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of the conversation's company, and where its candidate is."""

    needs_consent: bool
    """Whether somebody has to have agreed before the first text."""
    texting_hours: str | None
    """When texts go out, see quiet_hours.py."""
    daily_cap: int | None
    """How many texts a candidate gets in 24 hours at most; None: any number."""
    city: str | None


def read(row: Any) -> Rules:
    """The rules in a row with `COLUMNS`."""
    return Rules(bool(row.needs_consent), row.texting_hours, row.daily_cap, row.city)
