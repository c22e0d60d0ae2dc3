"""Texts that are sent once, whatever dies or gets lost while they are."""

import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import httpx2
import pytest

from tests.faults import invariant, workflow_storm
from tests.faults.caller import at_once
from tests.faults.conftest import Figure
from tests.faults.installation import Breakable, production
from tests.faults.percentiles import in_words
from tests.journeys.elements import parse
from tests.journeys.installation import ANA, JO
from tests.journeys.processes import HURRIED
from tests.journeys.waiting import until

ROOT = Path(__file__).parents[2]
HTMX = {"HX-Request": "true"}
LOST_ANSWERS: dict[str, dict[str, object]] = {
    "hang_after_accept": {"seconds": 13.0},
    "reset_after_accept": {},
    "error_after_accept": {"status": 503},
}


@pytest.fixture(scope="module")
def _hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    with production(tmp_path_factory.mktemp("hurried"), environment=HURRIED) as installation:
        installation.database.tell("update company_numbers set segments_per_second = 1000")
        yield installation


@pytest.fixture
def hurried(_hurried: Breakable) -> Iterator[Breakable]:
    """Two web processes and a worker that waits seconds where it would wait minutes, whole again after each test."""
    yield _hurried
    _hurried.restore()
    _hurried.close_browsers()


def wrong(installation: Breakable, kind: str, **more: object) -> None:
    """What Twilio does wrong with every text from now on."""
    answer = installation.sandbox.post("/sandbox/faults", json={"kind": kind, **more})
    assert answer.status_code == 201, answer.text


def conversation(installation: Breakable) -> tuple[str, str]:
    """Somebody who has texted: the number, and the conversation that began."""
    number = installation.candidate()
    installation.text_in(number, "Hello")
    return number, installation.conversation(number)


def statuses(installation: Breakable, ids: list[str]) -> Counter[str]:
    """How far these texts have come."""
    rows = installation.ask("select cast(id as text), status from messages where direction = 'out'")
    return Counter(status for id, status in rows if id in ids)


@contextmanager
def mortal_workers(installation: Breakable, seed: int) -> Iterator[list[int]]:
    """Workers that are killed all the time; afterwards the list holds how often."""
    kills: list[int] = []
    environment = installation.processes.environment
    path = f"{environment['PYTHONPATH']}:{ROOT}"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.mortal_workers", str(seed)],
        cwd=installation.processes.folder,
        env={**environment, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield kills
        finally:
            process.send_signal(signal.SIGTERM)
            printed, _ = process.communicate(timeout=30)
    kills.append(int(printed))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("texts", [20, pytest.param(1_000, marks=pytest.mark.long)])
def test_workers_that_are_killed_all_the_time_send_every_text_once(
    hurried: Breakable, figure: Figure, texts: int
) -> None:
    hurried.processes.ask_to_end("worker")
    hurried.processes.wait("worker")
    # So slow that most kills meet a text between its claim and the answer, and not every report comes.
    wrong(hurried, "delay", seconds=0.05)
    wrong(hurried, "hang_after_accept", seconds=0.1)
    wrong(hurried, "drop_callbacks", times=texts)  # of two for each text
    jo, ids = hurried.sign_in(JO), [str(uuid4()) for _ in range(texts)]
    places = [conversation(hurried) for _ in range(min(200, texts // 2))]
    for turn, id in enumerate(ids):
        answer = hurried.reply(jo, places[turn % len(places)][1], f"Text {id}", id=id)
        assert answer.status_code == 200, answer.text

    began = time.monotonic()
    with mortal_workers(hurried, random.randrange(1_000)) as kills:
        until(lambda: statuses(hurried, ids)["queued"] == 0, seconds=1500, every=0.5)
    hurried.start("worker")
    invariant.holds(hurried, seconds=120)

    sent = Counter(text["body"] for number, _ in places for text in hurried.sent_to(number))
    lost = [id for id in ids if sent[f"Text {id}"] == 0]
    doubled = [id for id in ids if sent[f"Text {id}"] > 1]
    doubted = hurried.ask("select distinct cast(message_id as text) from message_status_log where status = 'unknown'")
    doubts = {id for (id,) in doubted} & {*ids}
    what = f"{texts:,} texts, 4 workers, one killed every 0.25 s"
    figure(f"{what}: kills, texts in doubt", f"{kills[0]}, {len(doubts)}")
    silent = len(lost) - statuses(hurried, lost)["unconfirmed"]
    figure(f"{what}: sent twice, lost in silence, stuck", f"{len(doubled)}, {silent}, 0")
    figure(f"{what}: left to a person", statuses(hurried, ids)["unconfirmed"])
    figure(f"{what}: seconds until all were settled", round(time.monotonic() - began, 1))
    # One that was killed twice before it got out waits for a person, which is no loss in silence.
    assert kills[0] > 0
    assert (doubled, silent) == ([], 0)
    assert set(statuses(hurried, ids)) <= {"accepted", "sending", "sent", "delivered", "unconfirmed"}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("people", [20, pytest.param(1_000, marks=pytest.mark.long)])
def test_a_campaign_whose_workers_are_killed_all_the_time_texts_everybody_once(
    hurried: Breakable, figure: Figure, people: int
) -> None:
    """Each kill meets a slice between its texts and its notes, or a text between its claim and the answer."""
    jo, stage = hurried.sign_in(JO), f"Killed {people}"
    numbers = [conversation(hurried)[0] for _ in range(people)]
    theirs = ", ".join(f"'{number}'" for number in numbers)
    hurried.database.tell(
        f"update candidates set stage = '{stage}' where id in"
        f" (select candidate_id from candidate_numbers where number in ({theirs}))"
    )
    hurried.database.tell("update companies set texting_hours = null, daily_cap = null")
    answer = jo.post("/campaigns", data={"name": stage, "body": f"{stage}: are you free?", "stage": stage})
    assert answer.status_code == 303, answer.text
    address = answer.headers["Location"]
    campaign = f"from campaigns where id = '{address.rpartition('/')[2]}'"
    until(lambda: hurried.ask(f"select state {campaign}") == [("ready",)], seconds=60)
    hurried.processes.ask_to_end("worker")
    hurried.processes.wait("worker")
    wrong(hurried, "delay", seconds=0.05)
    wrong(hurried, "drop_callbacks", times=people)
    assert jo.post(f"{address}/send").status_code == 303

    with mortal_workers(hurried, random.randrange(1_000)) as kills:
        until(lambda: hurried.ask(f"select state {campaign}") == [("done",)], seconds=1500, every=0.5)
    hurried.start("worker")
    invariant.holds(hurried, seconds=120)

    sent = Counter(number for number in numbers for text in hurried.sent_to(number) if stage in text["body"])
    unsure = hurried.ask("select count(*) from messages where source = 'campaign' and status = 'unconfirmed'")[0][0]
    doubled = [number for number in numbers if sent[number] > 1]
    lost = [number for number in numbers if sent[number] == 0]
    what = f"a campaign to {people:,}, 4 workers, one killed every 0.25 s"
    figure(f"{what}: kills", kills[0])
    figure(f"{what}: texted twice, not texted, left to a person", f"{len(doubled)}, {len(lost)}, {unsure}")
    assert kills[0] > 0
    assert doubled == []
    assert len(lost) <= unsure


@pytest.mark.parametrize("resolved_by", ["callback", "list"])
def test_an_answer_that_got_lost_is_found_out_and_the_text_sent_once(
    hurried: Breakable, figure: Figure, resolved_by: str
) -> None:
    jo, seconds = hurried.sign_in(JO), []
    waiting: dict[str, float] = {}
    numbers = []
    for kind, more in LOST_ANSWERS.items():
        number, place = conversation(hurried)
        hurried.fault(kind, number, **more)
        if resolved_by == "list":
            hurried.fault("drop_callbacks", number, times=2)
        id = str(uuid4())
        waiting[id] = time.monotonic()
        assert hurried.reply(jo, place, "Are you free?", id=id).status_code == 200
        numbers.append(number)

    def resolved() -> bool:
        for id in [id for id in waiting if statuses(hurried, [id])["delivered"]]:
            seconds.append(time.monotonic() - waiting.pop(id))
        return not waiting

    until(resolved, seconds=60)
    invariant.holds(hurried)
    assert [len(hurried.asked_to_send(number)) for number in numbers] == [1] * len(numbers)
    figure(f"accepted, answer lost, resolved by {resolved_by} (first look after 1 s): takes", in_words(seconds))


def test_only_a_text_that_twilio_hides_from_its_list_is_sent_twice_and_never_a_third_time(
    hurried: Breakable, figure: Figure
) -> None:
    number, place = conversation(hurried)
    hurried.fault("reset_after_accept", number, times=2)
    hurried.fault("hide_from_list", number, times=2, seconds=600)
    hurried.fault("drop_callbacks", number, times=4)
    id = str(uuid4())

    assert hurried.reply(hurried.sign_in(JO), place, "Are you free?", id=id).status_code == 200

    until(lambda: statuses(hurried, [id])["unconfirmed"], seconds=60)
    assert len(hurried.asked_to_send(number)) == 2
    figure("accepted, answer lost, hidden from the list for longer than both looks: times sent", 2)


def test_one_press_of_send_is_one_text_however_often_its_answer_gets_lost(hurried: Breakable, figure: Figure) -> None:
    number, place = conversation(hurried)
    id = str(uuid4())
    clients = [hurried.sign_in(JO) for _ in hurried.webs]

    def press(turn: int) -> httpx2.Response | None:
        client = clients[turn % len(clients)]
        if turn % 2:
            return hurried.reply(client, place, "Only once", id=id)
        return _unanswered(client, f"/inbox/c/{place}/messages", {"body": "Only once", "id": id, "seen": ""})

    answers = [answer for answer in at_once(press, range(40)) if answer is not None]

    assert {answer.status_code for answer in answers} == {200}
    assert all(parse(answer.text).by_id(f"msg-{id}") is not None for answer in answers)
    assert hurried.reply(clients[0], place, "Other words", id=id).status_code == 422
    until(lambda: statuses(hurried, [id])["delivered"], seconds=30)
    invariant.holds(hurried)
    assert len(hurried.asked_to_send(number)) == 1
    figure("one press of Send as 40 requests at once, half of them cut off: texts", 1)


def test_fifty_presses_of_try_again_by_two_people_are_one_attempt(hurried: Breakable, figure: Figure) -> None:
    number, place = conversation(hurried)
    hurried.behave(number, "switched_off")
    id = str(uuid4())
    people = [hurried.sign_in(who) for who in (JO, ANA)]
    assert hurried.reply(people[0], place, "Are you there?", id=id).status_code == 200
    until(lambda: statuses(hurried, [id])["undelivered"], seconds=30)
    hurried.behave(number, "delivers")

    def press(turn: int) -> int:
        return people[turn % 2].post(f"/inbox/c/{place}/messages/{id}/retry", headers=HTMX).status_code

    pressed = at_once(press, range(100))

    assert sorted(({*pressed[::2]}, {*pressed[1::2]}), key=min) == [{200}, {409}]
    until(lambda: statuses(hurried, [id])["delivered"], seconds=30)
    invariant.holds(hurried)
    assert len(hurried.asked_to_send(number)) == 2
    figure("Try again pressed 50 times by each of two people: attempts", 1)


def _unanswered(client: httpx2.Client, path: str, fields: dict[str, str]) -> None:
    """A request of this browser's whose line is cut before the answer."""
    web, body = urlsplit(str(client.base_url)), urlencode(fields)
    head = {
        "Host": web.netloc,
        "Origin": client.headers["Origin"],
        "Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items()),
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **HTMX,
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", body]
    with socket.create_connection((web.hostname or "", web.port or 80), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("people", [2, pytest.param(400, marks=pytest.mark.long)])
def test_workers_that_are_killed_all_the_time_do_each_step_of_a_workflow_once(
    hurried: Breakable, figure: Figure, people: int
) -> None:
    hurried.processes.ask_to_end("worker")
    hurried.processes.wait("worker")
    wrong(hurried, "delay", seconds=0.05)
    found = workflow_storm.candidates(hurried, people)
    tag = f"Tag {uuid4()}"[:40]
    steps = (("text", "First"), ("tag", tag), ("notify", "Look"), ("text", "Second"), ("stage", "Nudged"))
    workflow = workflow_storm.workflow(hurried, *steps)
    workflow_storm.begin(hurried, workflow, [*found.values()])
    with mortal_workers(hurried, random.randrange(1_000)) as kills:
        until(lambda: workflow_storm.left(hurried, workflow) == 0, seconds=1500, every=0.5)
    hurried.start("worker")
    invariant.holds(hurried, seconds=180)
    texts = Counter((number, text["body"]) for number in found for text in hurried.sent_to(number))
    ids = "', '".join(found.values())
    done = hurried.ask(f"select count(*) from workflow_steps where workflow_id = '{workflow}'")
    pages = "', '".join(f"/candidates/{one}" for one in found.values())
    told = hurried.ask(f"select count(*) from notifications where address in ('{pages}')")
    tagged = hurried.ask(f"select size from labels where name = '{tag}'")
    nudged = hurried.ask(f"select count(*) from candidates where id in ('{ids}') and stage = 'Nudged'")
    figure(f"{people:,} candidates in a workflow of 5 steps, 4 workers, one killed every 0.25 s: kills", kills[0])
    doubled = [which for which, times in texts.items() if times > 1]
    written = hurried.ask(
        "select candidate_number, body, status from messages join conversations on conversations.id = conversation_id"
        f" where direction = 'out' and candidate_id in ('{ids}')"
    )
    unsure = [(number, body) for number, body, status in written if status == "unconfirmed"]
    lost = {(number, body) for number, body, _ in written}.difference(texts, unsure)
    what = f"{people:,} candidates in a workflow of 5 steps: texts sent twice, lost, left to a person"
    figure(what, f"{len(doubled)}, {len(lost)}, {len(unsure)}")
    assert (doubled, lost, len(written)) == ([], set(), 2 * people)
    assert [int(rows[0][0]) for rows in (done, told, tagged, nudged)] == [5 * people, people, people, people]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("people", [60, pytest.param(10_000, marks=pytest.mark.long)])
def test_steps_that_are_all_due_in_one_minute_let_every_reply_pass(
    hurried: Breakable, figure: Figure, people: int
) -> None:
    waits, before = [], []
    wrong(hurried, "drop_callbacks", times=3 * people)  # which are the web's work and nobody's turn
    found = workflow_storm.candidates(hurried, people)
    workflow = workflow_storm.workflow(hurried, ("text", "Are you still interested?"))
    jo, (_, place) = hurried.sign_in(JO), conversation(hurried)
    workflow_storm.begin(hurried, workflow, [*found.values()])
    began, left = time.monotonic(), people
    while left:
        id, asked = str(uuid4()), time.monotonic()
        sent = workflow_storm.texted(hurried, workflow)
        assert hurried.reply(jo, place, f"Reply {id}", id=id).status_code == 200
        until(lambda id=id: not statuses(hurried, [id])["queued"], seconds=120, every=0.02)  # type: ignore[misc]
        waits.append(time.monotonic() - asked)
        before.append(workflow_storm.texted(hurried, workflow) - sent)
        left = workflow_storm.until_fewer(hurried, workflow, left - max(10, people // 200))
    took = time.monotonic() - began
    invariant.holds(hurried, seconds=180)
    figure(f"{people:,} steps due at once: texts a second, seconds", f"{people / took:.0f}, {took:.0f}")
    figure(f"{people:,} steps due at once: a reply written meanwhile leaves after", in_words(waits))
    figure(f"{people:,} steps due at once: texts of the workflow that leave before a reply, at most", max(before))
    # What a worker holds at that moment goes first, and what came in between the two looks.
    assert max(before) <= 40
    assert all(len(hurried.sent_to(number)) == 1 for number in list(found)[::100])
