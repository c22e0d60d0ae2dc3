"""Texts in and replies out, so many a second, while something is done to the installation."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Self
from uuid import uuid4

import httpx2

from tests.clients import LOCAL
from tests.faults.installation import Breakable
from tests.journeys.installation import JO

_UNREACHED = (httpx2.ConnectError, httpx2.ConnectTimeout)


class Traffic:
    """`with Traffic(installation, a_second=10) as traffic:`; ends with the block, when the last answer is there.

    Half of it are texts of candidates, the other half replies to them, each over a connection of its own. A reply goes
    to `webs` in turn; one that refuses the connection is passed over and counted in `refused`.
    """

    def __init__(
        self, installation: Breakable, *, a_second: float, candidates: int = 5, webs: tuple[str, ...] = ()
    ) -> None:
        self.texts: Counter[str] = Counter()
        self.replies: Counter[str] = Counter()
        self.refused = 0
        self.accepted: list[str] = []
        self._installation = installation
        self._pause = 2.0 / a_second
        self._webs = list(webs or installation.webs)
        self._numbers = [installation.candidate() for _ in range(candidates)]
        for number in self._numbers:
            installation.text_in(number, "Hello")
        self._conversations = [installation.conversation(number) for number in self._numbers]
        self._cookies = dict(installation.sign_in(JO).cookies)
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._keep, args=(act,)) for act in (self._text_in, self._reply)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _keep(self, act: Callable[[int, httpx2.Client], None]) -> None:
        limits = httpx2.Limits(max_keepalive_connections=0)
        headers = {"Origin": self._installation.url, "HX-Request": "true"}
        with httpx2.Client(limits=limits, headers=headers, cookies=self._cookies, timeout=30, **LOCAL) as client:
            began = time.monotonic()
            for number in count():
                if self._ending.wait(max(0.0, began + number * self._pause - time.monotonic())):
                    return
                act(number, client)

    def _text_in(self, number: int, _client: httpx2.Client) -> None:
        told = self._installation.sandbox.post(
            "/sandbox/inbound",
            json={
                "from": self._numbers[number % len(self._numbers)],
                "to": self._installation.number,
                "body": f"Text {number}",
            },
        ).json()
        self.texts[str(told["webhook_status"])] += 1

    def _reply(self, number: int, client: httpx2.Client) -> None:
        conversation = self._conversations[number % len(self._conversations)]
        fields = {"id": str(uuid4()), "body": f"Reply {number}", "seen": ""}
        for _ in range(len(self._webs)):
            self._webs.append(self._webs.pop(0))
            try:
                answer = client.post(f"{self._webs[0]}/inbox/c/{conversation}/messages", data=fields)
            except _UNREACHED:
                self.refused += 1
            except httpx2.TransportError as error:
                self.replies[type(error).__name__] += 1
                return
            else:
                self.replies[str(answer.status_code)] += 1
                if answer.status_code == 200:
                    self.accepted.append(fields["id"])
                return
        self.replies["nobody there"] += 1
