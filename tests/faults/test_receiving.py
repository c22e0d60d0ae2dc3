"""Texts that come twice, all at once, and while the process that takes them is killed."""

import random
import threading
import time
from typing import Any

import pytest

from tests.faults import invariant
from tests.faults.caller import Caller, at_once
from tests.faults.conftest import Figure
from tests.faults.installation import Breakable
from tests.faults.percentiles import in_words
from tests.journeys.waiting import until


def stored(installation: Breakable, number: str) -> list[tuple[str, int]]:
    """The provider ids of a candidate's texts and the numbers of their events, in the order of these."""
    return [
        (sid, seq)
        for sid, seq in installation.ask(
            "select m.provider_message_id, m.seq from messages m join conversations c"
            " on c.organisation_id = m.organisation_id and c.id = m.conversation_id"
            f" where c.candidate_number = '{number}' order by m.seq"
        )
    ]


@pytest.mark.parametrize("times", [100, pytest.param(1_000, marks=pytest.mark.long)])
def test_a_text_repeated_at_two_processes_at_once_is_one_row_and_one_event(
    installation: Breakable, twilio: Caller, figure: Figure, times: int
) -> None:
    number = installation.candidate()
    screen = installation.screen("jo@demo.test", "/inbox?tab=shared")
    form = twilio.text(number, "Only once")
    seconds: list[float] = []

    def call(place: int) -> int | None:
        began = time.monotonic()
        status = twilio.call(form, web=place % 2)
        seconds.append(time.monotonic() - began)
        return status

    assert at_once(call, range(times)) == [200] * times

    ((_, seq),) = stored(installation, number)
    assert installation.ask(f"select count(*) from events where seq = {seq} and kind = 'message.added'") == [(1,)]
    screen.until(lambda screen: screen.panes.listed[0].text == "Only once")
    assert screen.panes.listed[0].unread == 1
    invariant.holds(installation, screens=[screen])
    figure(f"one text {times:,} times, 50 at once, 2 processes: rows", 1)
    figure(f"one text {times:,} times, 50 at once, 2 processes: a webhook takes", in_words(seconds))


@pytest.mark.long
def test_two_hundred_texts_of_a_stranger_at_once_are_one_conversation_in_order(
    installation: Breakable, twilio: Caller, figure: Figure
) -> None:
    number = installation.candidate()
    forms = [twilio.text(number, f"Text {place}") for place in range(200)]
    places = {id(form): place for place, form in enumerate(forms)}

    assert at_once(lambda form: twilio.call(form, web=places[id(form)] % 2), forms) == [200] * 200

    # What a busy machine cannot store within the limit of a webhook is in the spool for a moment.
    until(lambda: len(stored(installation, number)) >= 200, seconds=60)
    rows = stored(installation, number)
    assert {sid for sid, _ in rows} == {form["MessageSid"] for form in forms}
    assert len({seq for _, seq in rows}) == 200
    counted = f"select unread, count(*) over () from conversations where candidate_number = '{number}'"
    assert installation.ask(counted) == [(200, 1)]
    assert installation.ask(f"select count(*) from candidate_numbers where number = '{number}'") == [(1,)]
    invariant.holds(installation)
    figure("200 texts of one stranger at once: candidates / conversations / texts", "1 / 1 / 200")


@pytest.mark.parametrize("rounds", [2, pytest.param(200, marks=pytest.mark.long)])
def test_a_process_killed_while_it_takes_texts_loses_none_and_doubles_none(
    installation: Breakable, twilio: Caller, figure: Figure, rounds: int
) -> None:
    """Twilio calls once more what it got no answer to; here the other process takes that call."""
    chance, number = random.Random(3), installation.candidate()
    sent: list[dict[str, Any]] = []
    missed: list[dict[str, Any]] = []

    def texts(_: int) -> list[dict[str, Any]]:
        """One after the other, until one is not answered."""
        forms = [twilio.text(number)]
        while twilio.call(forms[-1]) == 200:
            forms.append(twilio.text(number))
        return forms

    for _ in range(rounds):
        killing = threading.Timer(chance.uniform(0.05, 0.3), installation.processes.kill, ["web"])
        killing.start()
        streams = at_once(texts, range(12), threads=12)
        killing.join()
        last = [forms[-1] for forms in streams]
        assert at_once(lambda form: twilio.call(form, web=1), last) == [200] * 12
        sent += [form for forms in streams for form in forms]
        missed += last
        installation.start("web")

    until(lambda: len(stored(installation, number)) >= len(sent), seconds=60)
    rows = [sid for sid, _ in stored(installation, number)]
    assert sorted(rows) == sorted(form["MessageSid"] for form in sent)
    invariant.holds(installation)
    what = f"web killed {rounds} times taking texts"
    figure(f"{what}: acknowledged / called again / lost / doubled", f"{len(sent):,} / {len(missed):,} / 0 / 0")
