"""Processes that are told to end: nobody is refused, nothing is lost or sent twice, everybody is back in time."""

import time
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed

from tests.faults import invariant
from tests.faults.balancer import Balancer
from tests.faults.conftest import Figure
from tests.faults.followers import Followers
from tests.faults.installation import Breakable, production
from tests.faults.traffic import Traffic
from tests.journeys.installation import JO
from tests.journeys.screen import socket
from tests.journeys.waiting import until

END_SECONDS = 30.0
BACK_SECONDS = 15.0


def seconds_to_end(installation: Breakable, name: str) -> float:
    """Ask a process to end; how long it takes until it has, with 0."""
    asked = time.monotonic()
    installation.processes.ask_to_end(name)
    assert installation.processes.wait(name, seconds=END_SECONDS) == 0
    return time.monotonic() - asked


def follow(installation: Breakable, many: int, url: str, *, first: str | None = None) -> Followers:
    """Open inboxes of Jo's."""
    cookies = dict(installation.sign_in(JO).cookies)
    return Followers(many, url, cookies=cookies, origin=installation.url, first=first)


@pytest.fixture
def proxy(installation: Breakable) -> Iterator[str]:
    """The address of a proxy in front of the two web processes."""
    with Balancer([urlsplit(web).port or 0 for web in installation.webs]) as balancer:
        yield f"http://127.0.0.1:{balancer.port}"


def have_all_been_shown(followers: Followers, installation: Breakable) -> bool:
    """Whether every follower saw everything up to a text that comes now, none of them with a gap."""
    installation.text_in(installation.candidate(), "The last one")
    ((last,),) = installation.ask("select max(seq) from events where kind = 'message.added'")
    until(lambda: followers.stand_at(last))
    return followers.gaps == 0


def not_with_the_provider(installation: Breakable, traffic: Traffic) -> list[str]:
    """The ids of replies that were accepted from the browser and not sent."""
    rows = installation.ask("select cast(id as text) from messages where provider_message_id is not null")
    sent = {row[0] for row in rows}
    return [reply for reply in traffic.accepted if reply not in sent and reply.replace("-", "") not in sent]


def test_a_web_process_and_a_worker_end_under_load_and_nothing_is_lost(
    installation: Breakable, proxy: str, figure: Figure
) -> None:
    other = installation.webs[1]
    with follow(installation, 30, proxy, first=other) as followers, Traffic(installation, a_second=20) as traffic:
        until(lambda: traffic.texts["200"] > 10 and traffic.replies["200"] > 10)

        asked = time.monotonic()
        installation.processes.ask_to_end("worker")
        seconds = seconds_to_end(installation, "web-2")
        assert installation.processes.wait("worker", seconds=END_SECONDS) == 0
        until(lambda: followers.live == 30, seconds=BACK_SECONDS)
        back = max(follower.back_at for follower in followers.all) - asked

        installation.start("web-2")
        installation.start("worker")
        assert all(1012 in follower.codes for follower in followers.all)
        assert have_all_been_shown(followers, installation)
    assert (traffic.texts.keys(), traffic.replies.keys()) == ({"200"}, {"200"})
    assert back < BACK_SECONDS
    invariant.holds(installation)
    assert not_with_the_provider(installation, traffic) == []
    figure("SIGTERM to the end of a web process with 30 sockets under load, s", round(seconds, 2))
    figure("SIGTERM until the last of 30 followers is back, s", round(back, 2))


@pytest.mark.long
def test_a_process_with_200_sockets_lets_them_go_one_by_one_and_answers_meanwhile(
    installation: Breakable, proxy: str, figure: Figure
) -> None:
    other = installation.webs[1]
    jo = installation.browser(other, cookies=dict(installation.sign_in(JO).cookies))
    with follow(installation, 200, proxy, first=other) as followers:
        asked = time.monotonic()
        installation.processes.ask_to_end("web-2")
        until(lambda: jo.get("/readyz").status_code == 503)

        answer = jo.get("/inbox?tab=shared")
        assert (answer.status_code, answer.headers["Connection"]) == (200, "close")
        with socket(jo, "/live?tab=shared", origin=installation.url) as newcomer, pytest.raises(ConnectionClosed):
            newcomer.recv(timeout=5)
        assert newcomer.close_code == 1012
        assert followers.live > 0

        assert installation.processes.wait("web-2", seconds=END_SECONDS) == 0
        seconds = time.monotonic() - asked
        until(lambda: followers.live == 200, seconds=BACK_SECONDS)
        back = max(follower.back_at for follower in followers.all) - asked
        assert back < BACK_SECONDS
        assert all(follower.codes[0] == 1012 for follower in followers.all)
        assert have_all_been_shown(followers, installation)
        installation.start("web-2")
    figure("SIGTERM to the end of a web process with 200 sockets, s", round(seconds, 2))
    figure("SIGTERM until the last of 200 followers is back, s", round(back, 2))


@pytest.mark.long
def test_a_worker_that_ends_finishes_what_it_sends_and_leaves_the_rest(installation: Breakable, figure: Figure) -> None:
    number, later = installation.candidate(), installation.candidate()
    for candidate in (number, later):
        installation.text_in(candidate, "Hello")
    installation.fault("delay", number, seconds=3.0)
    jo = installation.sign_in(JO)
    assert installation.reply(jo, installation.conversation(number), "Under way", id=str(uuid4())).status_code == 200
    until(lambda: installation.ask("select id from messages where status = 'claimed'"))

    asked = time.monotonic()
    for worker in ("worker", "worker-2"):
        installation.processes.ask_to_end(worker)
    for worker in ("worker", "worker-2"):
        assert installation.processes.wait(worker, seconds=END_SECONDS) == 0
    seconds = time.monotonic() - asked

    assert [text["body"] for text in installation.sent_to(number)] == ["Under way"]
    assert installation.ask("select id from messages where status in ('claimed', 'unknown')") == []
    assert installation.reply(jo, installation.conversation(later), "For the next", id=str(uuid4())).status_code == 200
    assert installation.sent_to(later) == []
    for worker in ("worker", "worker-2"):
        installation.start(worker)
    until(lambda: [text["body"] for text in installation.sent_to(later)] == ["For the next"])
    invariant.holds(installation)
    figure("SIGTERM to the end of a worker whose text takes 3 s, s", round(seconds, 2))


@pytest.mark.long
def test_a_process_that_has_nothing_to_do_ends_at_once(small: Breakable, figure: Figure) -> None:
    seconds = seconds_to_end(small, "web")
    small.start("web")
    assert seconds < 5.0
    figure("SIGTERM to the end of a process without sockets, s", round(seconds, 2))


@pytest.fixture(scope="module")
def behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    """Two web processes behind a proxy that looks at /readyz, and two workers."""
    with production(tmp_path_factory.mktemp("rolling"), workers=2, through=("webs",)) as installation:
        yield installation
        installation.close_browsers()


@pytest.mark.long
def test_every_process_is_replaced_under_load_and_nobody_notices(behind_a_proxy: Breakable, figure: Figure) -> None:
    installation = behind_a_proxy
    seconds = {}
    with (
        follow(installation, 200, installation.url) as followers,
        Traffic(installation, a_second=40, candidates=20, webs=(installation.url,)) as traffic,
    ):
        for _ in range(2):
            for name in ("web", "worker", "web-2", "worker-2"):
                until(lambda: followers.live == 200, seconds=BACK_SECONDS)
                seconds[name] = max(seconds.get(name, 0.0), seconds_to_end(installation, name))
                installation.start(name)
        until(lambda: followers.live == 200, seconds=BACK_SECONDS)
        assert have_all_been_shown(followers, installation)
    invariant.holds(installation)
    assert not_with_the_provider(installation, traffic) == []
    texts, replies = dict(traffic.texts), dict(traffic.replies)
    for name, longest in seconds.items():
        figure(f"rolling restart: SIGTERM to the end of {name}, longest, s", round(longest, 2))
    figure("rolling restart: longest absence of 200 followers, s", round(followers.longest_absence, 2))
    figure("rolling restart: answers to texts in", texts)
    figure("rolling restart: answers to replies", replies)
    assert (texts.keys(), replies.keys()) == ({"200"}, {"200"})
    assert followers.longest_absence < BACK_SECONDS
