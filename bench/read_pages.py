"""The pages whose reading is measured: lists, days, further pages, threads, candidates, searches.

Names in braces stand for what differs from one inbox to the other.
"""

from datetime import UTC, datetime, timedelta

from inbox.seeding.language import vocabulary

UNFILTERED = "Shared"
SEARCH = "search: "


def pages() -> dict[str, str]:
    """Every page by its name."""
    lists = {
        f"{tab.capitalize()}{words}": f"/inbox?tab={tab}{query}"
        for tab in ("shared", "mine")
        for words, query in _chips().items()
    }
    days = {f"Shared {words}": f"/inbox?tab=shared{query}" for words, query in _days().items()}
    further = {f"Shared, {words}": f"/inbox?tab=shared&before={{{key}}}" for words, key in _FURTHER.items()}
    others = {
        "thread, first page": "/inbox/c/{long}",
        "thread, earlier page": "/inbox/c/{long}/messages?before={earlier}",
        "candidates": "/candidates",
        "candidates, search for a common name": "/candidates?q=nguyen",
        "candidates, search for a rare name": "/candidates?q=maya+okafor",
        "candidate's preview": "/candidates/{candidate}/preview",
        "candidate's SMS tab": "/candidates/{candidate}?tab=sms",
    }
    searches = {f"{SEARCH}{words}": f"/inbox?tab=shared&q={q}" for words, q in _searches().items()}
    narrowed = {
        f"{SEARCH}{words}, {chip}": f"/inbox?{query}&q={q}"
        for words, q in _searches().items()
        for chip, query in (("Mine Unread", "tab=mine&unread=1"), ("Closed", "tab=shared&closed=1"))
        if words in {"in half of the conversations", "in one of a hundred", "in none"}
    }
    return lists | days | further | others | searches | narrowed


_FURTHER = {"page 2": "second", "page 50": "fiftieth", "page 1,000 or last": "deep"}


def _chips() -> dict[str, str]:
    return {
        "": "",
        " Unread": "&unread=1",
        " Failed": "&failed=1",
        " Closed": "&closed=1",
        " Unread Failed": "&unread=1&failed=1",
        " Closed Failed": "&closed=1&failed=1",
    }


def _days() -> dict[str, str]:
    today = datetime.now(UTC).date()
    custom = {
        "one day": (100, 100),
        "a week two years ago": (700, 693),
        "a month last year": (380, 350),
        "all but two days": (729, 2),
    }
    fixed = {f"range={chosen}": f"&range={chosen}" for chosen in ("today", "7d", "month", "year")}
    return fixed | {
        words: f"&from={today - timedelta(days=first)}&to={today - timedelta(days=last)}"
        for words, (first, last) in custom.items()
    }


def _searches() -> dict[str, str]:
    known = vocabulary()
    return {
        "in half of the conversations": known[1],
        "in one of ten": known[60],
        "in one of a hundred": known[700],
        "in one of a thousand": known[7_000],
        "in a handful": "ref+123456",
        "in none": "nothingofthis",
        "two words": f"{known[80]}+{known[90]}",
        "a phrase": f'"{known[0]}+{known[1]}"',
        "a name": "maya+okafor",
        "four digits": "0555",
        "a number": "%2B1+300+555+0142",
        "one letter": "q",
        "the beginning of a word": known[700][:4],
    }
