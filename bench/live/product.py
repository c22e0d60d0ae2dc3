"""The product: an installation of its own, its web process, and another process's texts in its log."""

import asyncio
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import psycopg
import redis
from websockets.sync.client import ClientConnection, connect

from bench.live.seats import COUNTS, GROUPS, THREAD, Place, Seat, mark, places
from inbox.accounts import organisations
from inbox.demo import PASSWORD
from inbox.messaging import inbound
from inbox.provisioning import credentials
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage import events
from inbox.storage.database import Database, Tenant
from inbox.storage.vault import Vault, new_key
from providers.contract import IncomingSms
from realtime import hints
from tests import services
from tests.journeys.processes import Processes
from tests.journeys.screen import page

JO = "jo@demo.test"
TEAM = (JO, "ana@demo.test", "kim@demo.test", "admin@demo.test")
# Maya Chen's, whose conversation is Jo's: so it stands on Shared and on Jo's Mine.
CANDIDATE = "+61491570110"
CONVERSATIONS, MESSAGES = 1_000, 10_000
SESSIONS = 24
METRICS_TOKEN = "for measurements only"
FRAME_SECONDS = 10.0


@dataclass
class Product:
    """An installation with demo data on PostgreSQL and a Redis of its own; its web process comes and goes."""

    processes: Processes
    port: int
    redis: redis.Redis
    database_url: str
    vault: Vault
    info: Mapping[str, str]

    def __post_init__(self) -> None:
        self._texts = Texts(self)
        self._cookies: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        """Where the web process answers."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def serving(self) -> Iterator[int]:
        """A fresh web process; the answer is its number. It is killed at the end, sockets and all."""
        self.processes.start("web", "serve", INBOX_PORT=str(self.port))
        try:
            self.processes.wait_for(f"{self.url}/readyz")
            yield self.processes.process("web")
        finally:
            self.processes.kill("web")

    def seats(self, count: int) -> list[Seat]:
        """Browsers of signed-in people on real pages, from the places in the log that these were rendered at.

        Those on Mine are Jo's, those on Shared the rest of the team's.
        """
        return self._seats(places(count))

    def _seats(self, wanted: Sequence[Place]) -> list[Seat]:
        people = self._signed_in()
        jos = [cookie for email, cookie in people if email == JO]
        others = [cookie for email, cookie in people if email != JO]
        cursors, thread = self._cursors(jos[0]), self._thread(jos[0])
        return [self._seat(one, jos if one.group.startswith("mine") else others, cursors, thread) for one in wanted]

    def frames(self) -> tuple[str, dict[str, str]]:
        """What one text puts on the wire: its mark, and the text of each group's frame in the order of the writing."""
        found: dict[str, str] = {}
        kinds = {place.groups: place for place in places(200)}
        with ExitStack() as stack:
            seats = self._seats(tuple(kinds.values()))
            lines = [
                (place, stack.enter_context(self._line(seat)))
                for place, seat in zip(kinds.values(), seats, strict=True)
            ]
            # The first of the texts changes the shared count as well.
            for number in (1, 2):
                words = mark(number)
                self.text(words)
                upto = self._texts.head()
                for place, line in lines:
                    got = _frames(line, upto, len(place.groups))
                    found |= dict(zip(place.groups, got, strict=True)) if number == 2 else {}
        assert all(found[group].count(words) == 1 for group in (*GROUPS, THREAD, COUNTS)), found
        return words, {group: found[group] for group in (*GROUPS, COUNTS, THREAD)}

    def conversations(self, count: int) -> list[tuple[str, str]]:
        """The numbers of so many others of Jo's conversations in the company of his page: the candidate's and ours."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(
                "select v.candidate_number, n.number from conversations v"
                " join company_numbers n on n.id = v.company_number_id"
                " join users u on u.id = v.assignee_id"
                " where u.email = %s and v.candidate_number <> %s"
                " and v.company_id = (select company_id from conversations where candidate_number = %s)"
                " order by v.id limit %s",
                (JO, CANDIDATE, CANDIDATE, count),
            ).fetchall()

    def text(self, words: str) -> int:
        """A text comes in at another process; when it was announced, in nanoseconds on CLOCK_MONOTONIC."""
        channel = self._texts.store(words)
        hint = hints.encode("bench", [channel], [])
        at = time.monotonic_ns()
        self.redis.publish("events", hint)
        return at

    def metric(self, name: str) -> float:
        """A figure of the web process's /metrics."""
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        shown = httpx2.get(f"{self.url}/metrics", headers=headers, trust_env=False, timeout=20).text
        return float(next(line.split()[1] for line in shown.splitlines() if line.startswith(f"{name} ")))

    def subscriptions(self) -> int:
        """How many clients listen to Redis' channels."""
        return sum(client["sub"] != "0" for client in self.redis.client_list(_type="pubsub"))

    def close(self) -> None:
        """Let go of the database."""
        self._texts.close()

    def _signed_in(self) -> Sequence[tuple[str, str]]:
        """Sessions of the team, each opened at the sign-in page once for the whole row."""
        while len(self._cookies) < SESSIONS:
            email = TEAM[len(self._cookies) % len(TEAM)]
            with httpx2.Client(base_url=self.url, trust_env=False, timeout=20) as browser:
                answer = browser.post("/login", data={"email": email, "password": PASSWORD})
                assert answer.status_code == 303, answer.text
                self._cookies.append((email, "; ".join(f"{name}={value}" for name, value in browser.cookies.items())))
        return self._cookies

    def _cursors(self, cookie: str) -> dict[str, str]:
        """Where in the log each group's page stands."""
        with self._browser(cookie) as browser:
            return {group: _cursor(browser, f"/inbox?{_view(group)}", "conv-list") for group in GROUPS}

    def _thread(self, cookie: str) -> dict[str, str]:
        """The conversation's id, and where in the log its page stands."""
        with self._browser(cookie) as browser:
            (found,) = page(browser, f"/inbox?tab=shared&q={CANDIDATE.removeprefix('+')}").all("conv")
            conversation = found.id.removeprefix("conv-")
            return {"c": conversation, "thread": _cursor(browser, f"/inbox/c/{conversation}", "thread")}

    def _browser(self, cookie: str) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, trust_env=False, timeout=20, headers={"Cookie": cookie})

    def _seat(
        self, place: Place, cookies: Sequence[str], cursors: Mapping[str, str], thread: Mapping[str, str]
    ) -> Seat:
        cursor = cursors[place.group]
        asked = {"list": cursor, "counts": cursor} | (dict(thread) if place.has_thread else {})
        return Seat(
            f"/live?{_view(place.group)}&{urlencode(asked)}",
            f"Origin: {self.url}\r\nCookie: {cookies[place.number // len(GROUPS) % len(cookies)]}\r\n",
            ready=b'"head"',
            frames=len(place.groups),
        )

    def _line(self, seat: Seat) -> ClientConnection:
        headers = dict(line.split(": ", 1) for line in seat.headers.splitlines())
        return connect(f"ws://127.0.0.1:{self.port}{seat.path}", additional_headers=headers, proxy=None)


class Texts:
    """What the product itself does with a text, in this process and so in another one than the browsers' server."""

    def __init__(self, product: Product) -> None:
        self._runner = asyncio.Runner()
        self._database = Database(product.database_url)
        self._tenant, self._account = self._runner.run(self._begin(product.vault))
        self._recipient = product.info["number"]
        self._every = 0

    async def _begin(self, vault: Vault) -> tuple[Tenant, ProviderAccount]:
        await self._database.connect()
        organisation = await organisations.demo(self._database)
        assert organisation is not None
        tenant = Tenant(self._database, organisation.id)
        return tenant, await credentials.first(tenant, vault)

    def store(self, words: str) -> str:
        """Receive a text and commit it; the channel to announce."""
        self._every += 1
        sms = IncomingSms(
            provider_message_id=f"SM{os.getpid():08x}{self._every:024x}",
            account_id=self._account.account_sid,
            sender=CANDIDATE,
            recipient=self._recipient,
            body=words,
            segments=1,
            media=(),
            opt_out=None,
            raw_body=None,
        )
        assert self._runner.run(inbound.receive(self._tenant, self._account, sms))
        return self._tenant.channel

    def head(self) -> int:
        """The number of the newest event."""
        return self._runner.run(events.head(self._tenant)).seq

    def close(self) -> None:
        """Disconnect."""
        self._runner.run(self._database.disconnect())
        self._runner.close()


@contextmanager
def product(folder: Path) -> Iterator[Product]:
    """An installation that is migrated and seeded; nothing of it runs yet but its Redis."""
    redis_port, port = services.free_port(), services.free_port()
    services.start_redis(redis_port)
    with services.fresh_postgres_database() as database_url, ExitStack() as stack:
        key = new_key()
        environment = {
            "INBOX_DATABASE_URL": database_url,
            "INBOX_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "INBOX_SECRET_KEY": "a key for measurements that is long enough",
            "INBOX_VAULT_KEYS": key,
            "INBOX_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "INBOX_METRICS_TOKEN": METRICS_TOKEN,
        }
        processes = Processes(folder, environment, anew=True)
        stack.callback(processes.stop)
        processes.do("seed", "--conversations", str(CONVERSATIONS), "--messages", str(MESSAGES))
        processes.do("top-up", "100000000")
        info = json.loads(processes.do("info", "--json"))
        facts = {"number": info["numbers"]["messaging"], "webhook": info["message_webhook"]}
        made = Product(
            processes,
            port,
            redis.Redis(port=redis_port),
            database_url,
            Vault((key,)),
            {**facts, "token": info["auth_token"], "account": info["account_sid"]},
        )
        stack.callback(made.close)
        yield made


def _view(group: str) -> str:
    tab, days = group.split("-")
    return urlencode({"tab": tab, "range": days})


def _cursor(browser: httpx2.Client, path: str, pane: str) -> str:
    holder = page(browser, path).by_id(pane)
    assert holder is not None, path
    return holder.attributes["data-cursor"]


def _frames(line: ClientConnection, upto: int, count: int) -> list[str]:
    """The frames up to an event, without the signals of the hub; those of the one before may still come first."""
    found: list[str] = []
    while len(found) < count:
        frame = str(line.recv(timeout=FRAME_SECONDS))
        covered = re.search(r'data-upto="[0-9a-f]+-(\d+)"', frame)
        if covered is not None and int(covered[1]) >= upto:
            found.append(frame)
    return found
