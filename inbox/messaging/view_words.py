"""What a view of the inbox looks for, in words: "failed messages between 1 and 12 March"."""

from datetime import date

from inbox.languages import Sentence, _, gathered, moments


def looked_for(
    *, kinds: tuple[bool, bool, bool], q: str, kept: str, owner: str, tag: bool, job: str, days: str
) -> Sentence:
    """The whole, to stand behind "No".

    `kinds`: unread, failed, unanswered; `kept`: "closed", "snoozed" or ""; `owner`: "nobody", "somebody" or "";
    `days` as `days` says them.
    """
    named = [word for word, on in zip((_("unread"), _("failed"), _("unanswered")), kinds, strict=True) if on]
    what = _("%(kinds)s messages", kinds=gathered(named)) if named else _("messages")
    if q:
        what = _("%(what)s match “%(words)s”", what=what, words=q)
    if kept or owner or tag or job:
        where = {
            "closed": _("closed conversations"),
            "snoozed": _("snoozed conversations"),
            "": _("conversations"),
        }[kept]
        what = _("%(what)s in %(where)s", what=what, where=where) if named or q else where
    if owner:
        rest = _("that nobody has") if owner == "nobody" else _("of this colleague")
        what = gathered((what, rest))
    if tag:
        what = gathered((what, _("with this tag")))
    if job:
        what = gathered((what, _("for the job “%(job)s”", job=job)))
    return gathered((what, days)) if days else what


def days(chosen: str, start: date | None, end: date | None) -> str:
    """The days of the filter: "in the last 7 days", "since 3 March"; "" for all."""
    named = {
        "all": "",
        "today": _("today"),
        "7d": _("in the last 7 days"),
        "month": _("in the last month"),
        "year": _("in the last year"),
    }
    if chosen in named:
        return named[chosen]
    if start and end:
        return _between(start, end)
    if start:
        return _("since %(day)s", day=moments.date_words(start))
    return _("until %(day)s", day=moments.date_words(end)) if end else ""


def _between(start: date, end: date) -> str:
    if start == end:
        return _("on %(day)s", day=moments.date_words(start))
    over_years = start.year != end.year
    is_one_month = not over_years and start.month == end.month
    first = moments.first_words(start) if is_one_month else moments.date_words(start, year=over_years)
    return _("between %(first)s and %(last)s", first=first, last=moments.date_words(end, year=over_years))
