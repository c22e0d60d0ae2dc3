"""What holds after every fault: nothing acknowledged is lost, nothing is doubled, every screen shows the truth."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from providers.contract import DeliveryStatus
from tests.faults.installation import Breakable
from tests.journeys.screen import Screen
from tests.journeys.waiting import until

# What a queued text may have become: the provider has it or refused it, or a person decides.
_UNSETTLED = frozenset({DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.UNKNOWN})
_ACKNOWLEDGED = "Your app answered 200"


def holds(
    installation: Breakable,
    *,
    screens: Iterable[Screen] = (),
    expected: Iterable[str] = (),
    seconds: float = 60.0,
) -> None:
    """Invariant I; waits so long for what was queued to be settled and for the screens to catch up.

    `expected` are patterns for the tracebacks in the logs that this fault may cause.
    """
    until(lambda: not unsettled(installation), seconds=seconds)
    lost = lost_texts(installation)
    assert not lost, f"{len(lost)} acknowledged texts are not stored: {lost[:5]}"
    doubles = doubled_texts(installation)
    assert not doubles, f"stored more than once: {doubles[:5]}"
    resent = sent_twice(installation)
    assert not resent, f"sent more than once: {resent[:5]}"
    assert has_dense_numbers(installation), "the event log has gaps"
    torn = half_stored(installation)
    assert not torn, f"stored by half: {torn[:5]}"
    odd = unexpected_traces(installation, expected)
    assert not odd, "\n".join(odd)
    for screen in screens:
        screen.until(Screen.shows_what_a_fresh_page_shows, seconds=seconds)


def unsettled(installation: Breakable) -> list[str]:
    """The ids of the texts to candidates that are not with the provider, not refused and not a person's to decide.

    Only of those that were written since the start: the demo brings some that tell of old faults.
    """
    rows = installation.ask("select cast(id as text), status from messages where direction = 'out' and seq > 0")
    return [message for message, status in rows if status in _UNSETTLED]


def lost_texts(installation: Breakable) -> list[str]:
    """The provider ids of the texts that we said we had and have not."""
    stored = _stored_ids(installation)
    return [
        text["sid"]
        for text in _texts(installation)
        if text["direction"] == "inbound" and text["webhook"] == _ACKNOWLEDGED and text["sid"] not in stored
    ]


def doubled_texts(installation: Breakable) -> list[str]:
    """Provider ids that more than one message has."""
    return [sid for sid, times in _stored_ids(installation).items() if times > 1]


def sent_twice(installation: Breakable) -> list[tuple[str, str]]:
    """The texts, each with its attempt, that Twilio took more than once."""
    taken: Counter[tuple[str, str]] = Counter()
    for text in _texts(installation):
        named = parse_qs(urlsplit(text["status_callback"] or "").query)
        if text["direction"] != "inbound" and "m" in named:
            taken[named["m"][0], named.get("attempt", ["1"])[0]] += 1
    return [which for which, times in taken.items() if times > 1]


def has_dense_numbers(installation: Breakable) -> bool:
    """Whether every organisation's events are numbered from 1 to the counter's number without a gap."""
    rows = installation.ask(
        "select c.seq, count(e.seq), min(e.seq), max(e.seq) from event_counters c"
        " left join events e on e.organisation_id = c.organisation_id group by c.organisation_id, c.seq"
    )
    return all(count == head and (first, last) in {(1, head), (None, None)} for head, count, first, last in rows)


def half_stored(installation: Breakable) -> list[str]:
    """The texts whose event is missing, the events whose text is, and conversations that do not know their last text.

    Each transaction writes all of them.
    """
    texts = installation.ask(
        "select cast(m.id as text) from messages m left join events e"
        " on e.organisation_id = m.organisation_id and e.seq = m.seq and e.message_id = m.id"
        " where m.seq > 0 and e.seq is null"
    )
    tidings = installation.ask(
        "select cast(e.seq as text) from events e left join messages m"
        " on m.organisation_id = e.organisation_id and m.id = e.message_id"
        " where e.kind = 'message.added' and m.id is null"
    )
    rows = installation.ask(
        "select cast(c.id as text) from conversations c left join messages m"
        " on m.organisation_id = c.organisation_id and m.id = c.last_message_id"
        " where m.id is null and exists (select 1 from messages t where t.conversation_id = c.id)"
    )
    return [row[0] for row in (*texts, *tidings, *rows)]


def unexpected_traces(installation: Breakable, expected: Iterable[str] = ()) -> list[str]:
    """The tracebacks since the last look that no pattern of `expected` is found in."""
    return [trace for trace in installation.traces() if not any(re.search(pattern, trace) for pattern in expected)]


def _texts(installation: Breakable) -> list[dict[str, Any]]:
    return list(installation.sandbox.get("/sandbox/messages").json()["messages"])


def _stored_ids(installation: Breakable) -> Counter[str]:
    rows = installation.ask("select provider_message_id from messages where provider_message_id is not null")
    return Counter(row[0] for row in rows)
