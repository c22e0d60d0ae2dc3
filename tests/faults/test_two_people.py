"""Two people, and fifty, act on one conversation at the same moment, at two processes."""

import time
from collections import Counter
from functools import partial

import httpx2
import pytest

from inbox.accounts.sessions import hash_of
from tests.faults import invariant
from tests.faults.caller import at_once
from tests.faults.conftest import Figure
from tests.faults.installation import Breakable
from tests.faults.percentiles import in_words
from tests.journeys.elements import Element, parse
from tests.journeys.installation import ANA, JO
from tests.journeys.screen import Screen

HTMX = {"HX-Request": "true"}
ROUNDS = pytest.mark.parametrize("rounds", [3, pytest.param(200, marks=pytest.mark.long)])


@pytest.fixture
def fifty(installation: Breakable) -> list[httpx2.Client]:
    """Browsers of fifty recruiters who are signed in, half of them at each web process."""
    return [
        installation.browser(installation.webs[place % 2], cookies=_signed_in(installation, place))
        for place in range(50)
    ]


def _signed_in(installation: Breakable, place: int) -> dict[str, str]:
    """The cookie of a recruiter, made past the product: fifty passwords would take their time to be hashed."""
    cookie = f"the session of claimer {place}"
    installation.database.tell(
        "with person as (insert into users (organisation_id, id, email, name, role, password_hash)"
        " select id, gen_random_uuid(), %s, %s, 'recruiter', 'none that fits' from organisations"
        " on conflict (email) do nothing returning *)"
        " insert into sessions (organisation_id, id_hash, user_id, expires_at)"
        " select organisation_id, %s, id, now() + interval '1 day' from person",
        f"claimer{place}@demo.test",
        f"Claimer {place}",
        hash_of(cookie),
    )
    return {"session": cookie}


def standing(root: Element) -> tuple[str, str]:
    """What the head of a thread says of the conversation, and its version."""
    now = root.by_id("handling-now")
    assert now is not None
    return now.words, now.attributes["data-version"]


def head(installation: Breakable) -> int:
    """The number of the newest event."""
    ((seq,),) = installation.ask("select max(seq) from event_counters")
    return int(seq)


def opened(installation: Breakable) -> tuple[str, str]:
    """Somebody new has texted: the number and the conversation."""
    number = installation.candidate()
    installation.text_in(number, "Hello")
    return number, installation.conversation(number)


def shows(screen: Screen, words: str) -> bool:
    """Whether the head of an open thread says this."""
    return screen.panes.handling == words


def decisions(installation: Breakable, conversation: str) -> int:
    """How many events tell that somebody decided something about a conversation."""
    ((count,),) = installation.ask(
        f"select count(*) from events where conversation_id = '{conversation}' and kind = 'conversation.changed'"
    )
    return int(count)


# A page that is loaded afresh shows the newest 200 of what was done with a thread, and each round is two of them.
@pytest.mark.parametrize("rounds", [3, pytest.param(95, marks=pytest.mark.long)])
def test_of_fifty_who_take_a_conversation_one_gets_it_and_the_others_read_who(
    installation: Breakable, fifty: list[httpx2.Client], figure: Figure, rounds: int
) -> None:
    _, conversation = opened(installation)
    screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    seconds: list[float] = []

    def take(client: httpx2.Client) -> tuple[int, tuple[str, str]]:
        began = time.monotonic()
        answer = client.post(f"/inbox/c/{conversation}/claim", headers=HTMX)
        seconds.append(time.monotonic() - began)
        return answer.status_code, standing(parse(answer.text))

    for played in range(rounds):
        answers = at_once(take, fifty)
        assert Counter(status for status, _ in answers) == {200: 1, 409: 49}
        ((words, version),) = {stands for _, stands in answers}
        assert words.startswith("Assigned to Claimer")
        assert decisions(installation, conversation) == 2 * played + 1
        screen.until(partial(shows, words=words))
        given_back = fifty[0].post(
            f"/inbox/c/{conversation}/assign", data={"assignee": "", "version": version}, headers=HTMX
        )
        assert given_back.status_code == 200
    invariant.holds(installation, screens=[screen])
    figure(f"50 take one conversation, {rounds} rounds: winners a round", 1)
    figure(f"50 take one conversation, {rounds} rounds: an answer takes", in_words(seconds))


@ROUNDS
def test_of_two_who_answer_at_once_one_is_held_and_nothing_of_hers_is_sent(
    installation: Breakable, figure: Figure, rounds: int
) -> None:
    number, conversation = opened(installation)
    people = {"Jo": installation.sign_in(JO), "Ana": installation.sign_in(ANA)}

    def answer(who: str, words: str, seen: int) -> httpx2.Response:
        return installation.reply(people[who], conversation, f"{words} from {who}", seen=seen)

    taken = []
    for played in range(rounds):
        send = partial(answer, words=f"Answer {played}", seen=head(installation))
        answers = dict(zip(people, at_once(send, people), strict=True))
        assert sorted(one.status_code for one in answers.values()) == [200, 409], played
        (first,) = [who for who, one in answers.items() if one.status_code == 200]
        (held,) = [one for one in answers.values() if one.status_code == 409]
        assert "A new message arrived while you were writing" in parse(held.text).words
        assert held.headers["X-Seen"] == answers[first].headers["X-Seen"]
        taken.append(f"Answer {played} from {first}")
    invariant.holds(installation, seconds=60 + 2 * rounds)
    assert [text["body"] for text in installation.sent_to(number)] == taken
    figure(f"2 answer at once, {rounds} rounds: sent twice, or of the one who was held", 0)


@ROUNDS
def test_a_text_that_comes_while_somebody_closes_is_never_put_away(
    installation: Breakable, figure: Figure, rounds: int
) -> None:
    number, conversation = opened(installation)
    jo = installation.sign_in(JO)

    def act(which: str, fields: dict[str, str]) -> int:
        if which == "text":
            return int(installation.text_in(number, "Wait")["webhook_status"])
        return jo.post(f"/inbox/c/{conversation}/close", data=fields, headers=HTMX).status_code

    outcomes: Counter[int] = Counter()
    for played in range(rounds):
        page = parse(jo.get(f"/inbox/c/{conversation}").text)
        thread = page.by_id("thread")
        assert thread is not None
        fields = {"version": standing(page)[1], "seen": thread.attributes["data-seen"]}
        closed, texted = at_once(partial(act, fields=fields), ["close", "text"])
        assert (closed in {200, 409}, texted) == (True, 200)
        outcomes[closed] += 1
        stands = f"select closed_at is null, unread > 0 from conversations where id = '{conversation}'"
        assert installation.ask(stands) == [(True, True)], played
    invariant.holds(installation)
    figure(f"a text comes while somebody closes, {rounds} rounds: put away unread", 0)
    figure(f"a text comes while somebody closes, {rounds} rounds: closed first", outcomes[200])
