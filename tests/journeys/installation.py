"""Whole installations, started with the `inbox` command as a customer does, and the ways into them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from inbox.demo import MESSAGING_NUMBER, PASSWORD
from inbox.storage.vault import new_key
from tests import services
from tests.clients import LOCAL
from tests.journeys.processes import HURRIED, Processes, traces
from tests.journeys.screen import Screen, page

JO, ANA = "jo@demo.test", "ana@demo.test"
# PostgreSQL and Redis are shared with other runs: Redis tells channels apart by name only, so a hint of theirs may
# wake these processes, which costs a look at the log and nothing else.
REDIS_DATABASE = 9


@dataclass
class Installation:
    """A running installation with the demo organisation; `webs` are the addresses of its web processes."""

    mode: str
    url: str
    webs: tuple[str, ...]
    sandbox: httpx2.Client
    number: str
    do: Callable[..., str]
    _numbers: Iterator[int] = field(default_factory=lambda: count(100))
    _cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self._turns = cycle(self.webs)

    def candidate(self) -> str:
        """A number nobody has written to or from yet, reserved for fiction by Ofcom."""
        return f"+447700900{next(self._numbers):03d}"

    def sign_in(self, email: str, *, anew: bool = False) -> httpx2.Client:
        """A browser in which this demo user is signed in, at the next web process; `anew` opens a session."""
        if anew or email not in self._cookies:
            stranger = self.browser()
            answer = stranger.post("/login", data={"email": email, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            cookies = dict(stranger.cookies)
            if anew:
                return self.browser(cookies=cookies)
            self._cookies[email] = cookies
        return self.browser(next(self._turns), cookies=self._cookies[email])

    def browser(self, web: str | None = None, *, cookies: Mapping[str, str] | None = None) -> httpx2.Client:
        """A browser until the end of the test; with cookies it has a page of ours open and names our origin."""
        headers = {"Origin": self.url} if cookies else {}
        client = httpx2.Client(
            base_url=web or self.url, cookies=dict(cookies or {}), headers=headers, timeout=20, **LOCAL
        )
        return self._open.enter_context(client)

    def screen(self, who: str | httpx2.Client, path: str) -> Screen:
        """A tab of this user on a page, closed at the end of the test."""
        client = self.sign_in(who) if isinstance(who, str) else who
        return self._open.enter_context(closing(Screen(client, path, origin=self.url)))

    def close_browsers(self) -> None:
        """Close every tab and browser of a test."""
        self._open.close()

    def text_in(self, number: str, body: str, **more: Any) -> dict[str, Any]:
        """A candidate texts; when this returns the app has answered."""
        asked = {"from": number, "to": self.number, "body": body} | more
        answer = self.sandbox.post("/sandbox/inbound", json=asked)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        if more.get("wait", True):
            assert told["webhook_status"] == 200, told
        return told

    def reply(
        self, who: httpx2.Client, conversation: str, body: str, *, id: str = "", seen: int | None = None
    ) -> httpx2.Response:
        """Press Send."""
        fields = {"body": body, "id": id, "seen": "" if seen is None else str(seen)}
        return who.post(f"/inbox/c/{conversation}/messages", data=fields, headers={"HX-Request": "true"})

    def conversation(self, number: str) -> str:
        """The id of the conversation with this candidate, who has texted before."""
        found = page(self.sign_in(JO), f"/inbox?tab=shared&q={number.removeprefix('+')}").all("conv")
        assert len(found) == 1, f"{len(found)} conversations with {number}"
        return found[0].id.removeprefix("conv-")

    def sent_to(self, number: str) -> list[dict[str, Any]]:
        """The texts the sandbox took for this phone, oldest first."""
        return list(self.sandbox.get("/sandbox/messages", params={"to": number}).json()["messages"])

    def asked_to_send(self, number: str) -> list[dict[str, Any]]:
        """Every request to send to this phone, also the refused and the broken ones."""
        return list(self.sandbox.get("/sandbox/requests", params={"to": number}).json()["requests"])

    def behave(self, number: str, behaviour: str) -> None:
        """What becomes of texts to this phone from now on."""
        answer = self.sandbox.post("/sandbox/behaviour", json={"number": number, "behaviour": behaviour})
        assert answer.is_success, answer.text

    def fault(self, kind: str, number: str, **more: Any) -> None:
        """What Twilio does wrong with the next text to this phone."""
        asked = {"kind": kind, "times": 1, "match": {"to": number}} | more
        answer = self.sandbox.post("/sandbox/faults", json=asked)
        assert answer.status_code == 201, answer.text

    def report(self, sid: str, status: str, error_code: int | None = None) -> None:
        """Twilio reports a status; when this returns the app has answered."""
        asked = {"sid": sid, "status": status, "error_code": error_code}
        answer = self.sandbox.post("/sandbox/status", json=asked)
        assert answer.is_success, answer.text
        assert answer.json()["webhook_status"] == 204, answer.text


@contextmanager
def embedded(folder: Path) -> Iterator[Installation]:
    """`inbox run`: one process with everything in it, on SQLite."""
    port = services.free_port()
    url = f"http://127.0.0.1:{port}"
    with _running(folder, {"INBOX_PORT": str(port), **HURRIED}) as processes:
        processes.start("run", "run")
        processes.wait_for(f"{url}/healthz")
        with _installed("embedded", url, (url,), url, processes) as installation:
            yield installation


@contextmanager
def production(folder: Path) -> Iterator[Installation]:
    """Two web processes, a worker and a Twilio stand-in, over PostgreSQL and Redis."""
    ports = [services.free_port() for _ in range(3)]
    first, second, twilio = (f"http://127.0.0.1:{port}" for port in ports)
    with services.fresh_postgres_database() as database_url:
        environment = {
            **HURRIED,
            "INBOX_DATABASE_URL": database_url,
            "INBOX_REDIS_URL": urlsplit(services.redis_url())._replace(path=f"/{REDIS_DATABASE}").geturl(),
            "INBOX_SECRET_KEY": "a key for journeys that is long enough",
            "INBOX_VAULT_KEYS": new_key(),
            "INBOX_PUBLIC_URL": first,
            "INBOX_TWILIO_API_URL": twilio,
        }
        with _running(folder, environment) as processes:
            processes.do("seed", "--conversations", "0", "--messages", "0")
            processes.start("sandbox", "sandbox", "--port", str(ports[2]))
            processes.start("web", "serve", INBOX_PORT=str(ports[0]))
            processes.start("web-2", "serve", INBOX_PORT=str(ports[1]))
            processes.start("worker", "worker")
            for url in (f"{first}/readyz", f"{second}/readyz", f"{twilio}/sandbox/phones"):
                processes.wait_for(url)
            with _installed("production", first, (first, second), twilio, processes) as installation:
                yield installation


@contextmanager
def _running(folder: Path, environment: Mapping[str, str]) -> Iterator[Processes]:
    processes = Processes(folder, environment)
    with ExitStack() as stack:
        stack.callback(processes.stop)
        yield processes
    assert not traces(processes.printed()), processes.printed()


@contextmanager
def _installed(mode: str, url: str, webs: tuple[str, ...], twilio: str, processes: Processes) -> Iterator[Installation]:
    with httpx2.Client(base_url=twilio, timeout=30, **LOCAL) as sandbox:
        yield Installation(
            mode=mode,
            url=url,
            webs=webs,
            sandbox=sandbox,
            number=MESSAGING_NUMBER,
            do=processes.do,
        )
