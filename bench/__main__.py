"""`python -m bench [ROW ...]`: measures the named rows, all of them without a name; a table, or JSON with --json."""

import argparse
import json
from collections.abc import Callable
from functools import partial

from bench import (
    bubble,
    campaign,
    campaign_begins,
    churn,
    costs,
    fanout,
    ingest,
    machines,
    memory,
    pages,
    reads,
    reports,
    sending,
    under_load,
)
from bench.report import Report

Measure = Callable[[int], list[Report]]
"""Plays so many rounds; one report for each table of the row."""

ROWS: dict[str, Measure] = {
    "bubble": bubble.measure,
    "fanout": fanout.measure,
    "ingest": ingest.measure,
    "reads": reads.measure,
    "reports": reports.measure,
    "sending": sending.measure,
    "campaign": campaign.measure,
    "campaign-begins": campaign_begins.measure,
    "memory": memory.measure,
    "churn": churn.measure,
    "under-load": under_load.measure,
    "machines": machines.measure,
    "costs": costs.measure,
    "pages": pages.measure,
}


def main() -> None:
    """Measure and print; a table as soon as its row is done, JSON at the end."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", choices=[[], *ROWS], metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender plays (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument(
        "--texts", type=int, default=sending.TEXTS, help="of the rows sending, campaign, campaign-begins (%(default)s)"
    )
    asked = parser.parse_args()
    rows = ROWS | {
        "sending": partial(sending.measure, texts=asked.texts),
        "campaign": partial(campaign.measure, people=asked.texts),
        "campaign-begins": partial(campaign_begins.measure, people=asked.texts),
    }
    measured: dict[str, list[Report]] = {}
    for name in asked.rows or ROWS:
        measured[name] = rows[name](asked.rounds)
        if not asked.json:
            print("\n".join(report.text() for report in measured[name]), flush=True)
    if asked.json:
        print(json.dumps({name: [one.as_json() for one in many] for name, many in measured.items()}, indent=2))


if __name__ == "__main__":
    main()
