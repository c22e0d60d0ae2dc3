"""Many organisations in one installation, each with a word of its own, and sockets that note what they are told."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from typing import Self
from urllib.parse import urlencode, urlsplit

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from inbox.accounts import sessions
from inbox.storage.database import Database
from tests.clients import LOCAL
from tests.faults.installation import Breakable
from tests.messaging.scene import MAYA, Scene, organisation
from tests.web.house import sign

CANARY = re.compile(r"canary-(\d+)-(\d+)")

_every = count(1)


@dataclass
class Resident:
    """An organisation, what its sockets were told, by place, and the number of the last text that it was sent."""

    scene: Scene
    cookie: str
    conversation: str = ""
    sent: int = 0
    told: list[set[tuple[int, int]]] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.scene.tenant.organisation_id

    @property
    def has_seen_all(self) -> bool:
        """Whether each socket was told of the newest text; what came before it, a socket may have loaded anew."""
        return all((self.id, self.sent) in told for told in self.told)

    @property
    def foreign(self) -> set[int]:
        """The other organisations whose words came here."""
        return {organisation_id for told in self.told for organisation_id, _ in told} - {self.id}


class Tenants:
    """So many organisations with so many sockets each, spread over the web processes."""

    def __init__(self, installation: Breakable, *, organisations: int, sockets: int) -> None:
        self._installation = installation
        self._organisations, self._sockets = organisations, sockets
        self._stack = AsyncExitStack()
        self._readers: list[asyncio.Task[None]] = []
        self.residents: list[Resident] = []

    async def __aenter__(self) -> Self:
        await self._stack.__aenter__()
        limits = httpx2.Limits(max_connections=20, keepalive_expiry=2.0)
        self._twilio = await self._stack.enter_async_context(httpx2.AsyncClient(timeout=30, **LOCAL, limits=limits))
        database = Database(self._installation.database.url)
        key = self._installation.processes.environment["INBOX_VAULT_KEYS"]
        async with database:
            for place in range(self._organisations):
                scene = await organisation(database, f"Tenant {place}", key=key)
                self.residents.append(Resident(scene, await sessions.start(scene.tenant, scene.jo.id)))
            await self.text()
            for one in self.residents:
                one.conversation = await one.scene.conversation(MAYA)
        await self.open()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._close()
        await self._stack.aclose()

    async def open(self) -> None:
        """Open the sockets, or close them and open them anew."""
        await self._close()
        webs = self._installation.webs
        for one in self.residents:
            one.told += [set() for _ in range(self._sockets - len(one.told))]
            for place in range(self._sockets):
                line = await self._line(webs[place % len(webs)], one)
                self._readers.append(asyncio.create_task(_read(line, one.told[place])))

    async def text(self) -> None:
        """A candidate texts each organisation its word and a number, from the same phone to the same number."""
        await asyncio.gather(*(self._text(place, one) for place, one in enumerate(self.residents)))

    async def _text(self, place: int, one: Resident) -> None:
        account, one.sent = one.scene.account, one.sent + 1
        form: dict[str, str | bytes] = {
            "MessageSid": f"SM{next(_every):030x}ca",
            "AccountSid": account.account_sid,
            "From": MAYA,
            "To": one.scene.number.number,
            "Body": f"canary-{one.id}-{one.sent}",
            "NumSegments": "1",
            "NumMedia": "0",
        }
        webs = self._installation.webs
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(self._installation.url + account.message_path, form, account.auth_token),
        }
        url = webs[place % len(webs)] + account.message_path
        answer = await self._twilio.post(url, content=urlencode(form), headers=headers)
        assert answer.status_code == 200, answer.text

    async def _line(self, web: str, one: Resident) -> ClientConnection:
        return await connect(
            f"ws://{urlsplit(web).netloc}/live?" + urlencode({"tab": "shared", "c": one.conversation}),
            origin=self._installation.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": f"session={one.cookie}"},
            proxy=None,
            close_timeout=1,
        )

    async def _close(self) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        self._readers.clear()


async def _read(line: ClientConnection, told: set[tuple[int, int]]) -> None:
    async with line:
        try:
            async for frame in line:
                told.update((int(whose), int(number)) for whose, number in CANARY.findall(str(frame)))
        except ConnectionClosed:
            pass  # whoever waits for the next word says so


def foreign(residents: Sequence[Resident]) -> dict[int, set[int]]:
    """Whose sockets were told of whom."""
    return {one.id: one.foreign for one in residents if one.foreign}
