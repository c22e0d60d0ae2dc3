"""A line that breaks costs nothing: whoever comes back gets exactly what was missed."""

import json

from tests.journeys.installation import JO, Installation
from tests.journeys.screen import socket


def test_who_comes_back_gets_exactly_the_five_texts_that_were_missed(installation: Installation) -> None:
    number, missed = installation.candidate(), [f"Missed {place}" for place in range(5)]
    installation.text_in(number, "Seen")
    conversation = installation.conversation(number)
    screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    screen.until(lambda screen: bool(screen.signals))
    screen.disconnect()
    for body in missed:
        installation.text_in(number, body)
    before = len(screen.frames)

    # In production by the other web process: what a cursor means is known everywhere.
    screen.connect(web=installation.webs[0] if before % 2 else installation.webs[-1])

    screen.until(lambda screen: screen.panes.texts == ["Seen", *missed])
    screen.until(lambda screen: screen.rows[conversation].text == missed[-1])
    came = "".join(text for slot, text in screen.frames[before:] if slot == "thread")
    assert [came.count(f">{body}<") for body in missed] == [1] * 5
    assert ">Seen<" not in came
    assert all(signal["t"] == "beat" for signal in screen.signals)
    assert screen.shows_what_a_fresh_page_shows()


def test_a_place_nobody_knows_is_answered_with_one_resync_for_each_pane(installation: Installation) -> None:
    jo = installation.sign_in(JO)
    for odd in ("feedbeef-3", f"{installation.screen(JO, '/inbox').cursors['list'].partition('-')[0]}-999999999"):
        with socket(jo, f"/live?tab=shared&list={odd}&counts={odd}", origin=installation.url) as line:
            hello, *told = [json.loads(line.recv(timeout=10)) for _ in range(3)]
        assert hello["t"] == "hello"
        assert sorted((signal["t"], signal["slot"]) for signal in told) == [("resync", "counts"), ("resync", "list")]
