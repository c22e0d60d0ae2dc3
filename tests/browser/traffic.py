"""A busy while: everything that may happen to conversations while a browser looks away."""

import random
from collections.abc import Sequence

from tests.browser.candidates import Candidate
from tests.journeys.installation import ANA, Installation
from tests.journeys.screen import page
from tests.journeys.waiting import until

WAYS = ("text", "text", "text", "reply", "read", "opt out", "opt in", "close", "reopen", "claim")


def happen(installation: Installation, candidates: Sequence[Candidate], *, events: int, seed: int) -> None:
    """So many things, in an order of this seed, to these candidates; it has all been recorded when this returns.

    The last of the candidates does nothing but opt out, so that a reply to the others is never refused.
    """
    chance = random.Random(seed)
    ana = installation.sign_in(ANA)
    wanted = {candidate.number: len(installation.sent_to(candidate.number)) for candidate in candidates[:-1]}
    for number in range(events):
        what, candidate = chance.choice(WAYS), chance.choice(candidates[:-1])
        if what == "text":
            installation.text_in(candidate.number, f"Text {seed}/{number}")
        elif what == "reply":
            answer = installation.reply(ana, candidate.conversation, f"Reply {seed}/{number}")
            assert answer.status_code == 200, answer.text
            wanted[candidate.number] += 1
        elif what == "read":
            read = ana.post(f"/inbox/c/{candidate.conversation}/read", data={"seen": "999999999"})
            assert read.status_code == 204, read.text
        elif what in {"opt out", "opt in"}:
            installation.text_in(candidates[-1].number, "STOP" if what == "opt out" else "START")
        else:
            handle(installation, candidate, what)
    until(lambda: {number: _delivered(installation, number) for number in wanted} == wanted)


def handle(installation: Installation, candidate: Candidate, act: str) -> None:
    """Ana takes, closes or reopens a conversation as it stands; that somebody was faster does not matter."""
    ana = installation.sign_in(ANA)
    address = f"/inbox/c/{candidate.conversation}"
    now = page(ana, address).by_id("handling-now")
    assert now is not None
    acted = ana.post(f"{address}/{act}", data={"version": now.attributes["data-version"], "seen": "999999999"})
    assert acted.status_code in {200, 303, 409}, acted.text


def _delivered(installation: Installation, number: str) -> int:
    return [text["status"] for text in installation.sent_to(number)].count("delivered")
