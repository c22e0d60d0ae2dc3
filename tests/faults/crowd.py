"""Candidates who text, recruiters who answer and a tab that is left open, for as long as it takes."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from uuid import uuid4

import httpx2
from websockets.exceptions import WebSocketException

from tests.faults.installation import Breakable
from tests.journeys.installation import ANA, JO
from tests.journeys.screen import PageMissing

CANDIDATES = 20
PAUSE_SECONDS = 0.4
GIVE_UP_SECONDS = 120.0


class Crowd:
    """Three threads; whoever gets no answer tries again, as people and browsers do."""

    def __init__(self, installation: Breakable, seed: int) -> None:
        self._installation = installation
        self._chance = Random(seed)
        self._stop = threading.Event()
        self._numbers = [installation.candidate() for _ in range(CANDIDATES)]
        self.counts: Counter[str] = Counter()
        self.promised: set[str] = set()
        """The ids of the replies that a recruiter was told are on their way."""
        self.troubles: list[str] = []
        for number in self._numbers:
            installation.text_in(number, "Hello")
        self._conversations = [installation.conversation(number) for number in self._numbers]
        self.screen = installation.screen(JO, f"/inbox/c/{self._conversations[0]}?tab=shared")
        self._people = [installation.sign_in(who) for who in (JO, ANA)]
        works = (self._text, self._reply, self._watch)
        self._threads = [threading.Thread(target=self._keep, args=(work,), daemon=True) for work in works]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Nobody begins anything more; raises what went wrong in a way that nobody foresaw."""
        self._stop.set()
        for thread in self._threads:
            thread.join(GIVE_UP_SECONDS + 30)
        assert not self.troubles, self.troubles

    def _keep(self, work: Callable[[], None]) -> None:
        try:
            while not self._stop.is_set():
                work()
        except Exception as error:
            self.troubles.append(f"{work}: {error!r}")
            raise

    def _text(self) -> None:
        asked = {"from": self._chance.choice(self._numbers), "to": self._installation.number, "body": f"{uuid4()}"}
        answer = self._installation.sandbox.post("/sandbox/inbound", json=asked, timeout=40)
        status = answer.json()["webhook_status"]
        self.counts["texts acknowledged" if status == 200 else "texts not acknowledged"] += 1
        self._stop.wait(PAUSE_SECONDS)

    def _reply(self) -> None:
        message, began = str(uuid4()), time.monotonic()
        who, conversation = self._chance.choice(self._people), self._chance.choice(self._conversations)
        while time.monotonic() - began < GIVE_UP_SECONDS:
            status = self._sent(who, conversation, message)
            if status == 200:
                self.promised.add(message)
                self.counts["replies promised"] += 1
                break
            self.counts["replies posted again"] += 1
            self._stop.wait(1.0)
        self._stop.wait(PAUSE_SECONDS)

    def _sent(self, who: httpx2.Client, conversation: str, message: str) -> int | None:
        try:
            return self._installation.reply(who, conversation, f"Reply {message}", id=message).status_code
        except httpx2.TransportError:
            return None

    def _watch(self) -> None:
        """Follow what comes; a line that broke is opened again, a pane that is told so is loaded anew."""
        try:
            self.screen.follow(seconds=1.0)
        except (WebSocketException, OSError):
            self.counts["lines opened again"] += 1
            self._come_back(anew=False)
        if any(signal["t"] == "resync" for signal in self.screen.signals):
            self.counts["panes loaded anew"] += 1
            self._come_back(anew=True)

    def _come_back(self, *, anew: bool) -> None:
        self.screen.disconnect()
        while not self._stop.is_set():
            try:
                if anew:
                    self.screen.load()
                    self.screen.signals.clear()
                self.screen.connect()
            except (WebSocketException, OSError, httpx2.TransportError, PageMissing):
                self._stop.wait(0.5)
            else:
                return
