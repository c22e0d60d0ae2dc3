"""Twilio's calls at a web process that loses its database for a call, and that may die while it drains its spool."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlencode

from inbox.errors import Unavailable
from inbox.messaging import intake
from inbox.provisioning.channels import Channels
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.database import Database
from inbox.storage.spool import Spool
from inbox.web import reception
from inbox.web.calls import Call
from inbox.web.draining import Draining
from providers.contract import DeliveryReport, IncomingSms
from tests.messaging.scene import Scene
from tests.web.house import ORIGIN, sign


class Outage(StrEnum):
    """What becomes of the database while a call is taken."""

    NONE = "there"
    AWAY = "away"
    TAKEN = "takes it, and is away before it says so"


class Intake(intake.Intake):
    """The product's own, whose database is there as long as the reception's."""

    def __init__(self, at: "Reception") -> None:
        super().__init__(at.database)
        self._at = at

    async def store(self, account: ProviderAccount, sms: IncomingSms, *, kept_since: datetime | None = None) -> bool:
        await self._at.begin()
        is_stored = await super().store(account, sms, kept_since=kept_since)
        if is_stored:
            await self._at.end()
        return is_stored

    async def record(self, account: ProviderAccount, report: DeliveryReport, *, attempt: int) -> bool:
        await self._at.begin()
        is_stored = await super().record(account, report, attempt=attempt)
        if is_stored:
            await self._at.end()
        return is_stored


class Reception(reception.Reception):
    """The product's own. Its database is there for `left` more calls; the answer to the last of them may get lost."""

    left = inf
    loses_the_last = False
    dies = False
    """Whether the process dies of it."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.dead = asyncio.Event()
        self._intake = Intake(self)

    async def store(self, call: Call, **options: Any) -> None:
        await self.begin()
        await super().store(call, **options)
        await self.end()

    @property
    def database(self) -> Database:
        return self._database

    async def begin(self) -> None:
        """The database is asked to take a call."""
        if self.left <= 0:
            await self._fail()

    async def end(self) -> None:
        """It has taken one."""
        self.left -= 1
        if self.left <= 0 and self.loses_the_last:
            await self._fail()

    async def _fail(self) -> None:
        if not self.dies:
            raise Unavailable("The database is away.")
        self.dead.set()
        await asyncio.Event().wait()


@dataclass
class Door:
    """One web process after the other over one folder."""

    scene: Scene
    folder: Path
    reception: Reception

    @classmethod
    async def of(cls, scene: Scene, folder: Path) -> Self:
        """The first of them."""
        return cls(scene, folder, await _started(scene, folder))

    async def text_in(self, fields: dict[str, str], outage: Outage) -> None:
        """A text, acknowledged when this returns."""
        await self._receive("message", self.scene.account.message_path, fields, outage)

    async def report(self, fields: dict[str, str], query: str, outage: Outage) -> None:
        """A report on a text, acknowledged when this returns."""
        await self._receive("status", f"{self.scene.account.status_path}?{query}", fields, outage)

    async def drain(self, stored: float = inf, *, loses_the_last: bool = False, dies: bool = False) -> None:
        """The spool is drained until so many calls are stored: then the database is away, or the process dies.

        With `loses_the_last` this happens between the commit of the last one and its removal from the spool.
        """
        at = self.reception
        at.left, at.loses_the_last, at.dies = stored, loses_the_last, dies
        draining, dying = asyncio.create_task(Draining(at).round()), asyncio.create_task(at.dead.wait())
        await asyncio.wait({draining, dying}, return_when=asyncio.FIRST_COMPLETED)
        for task in (draining, dying):
            task.cancel()
        ended = await asyncio.gather(draining, dying, return_exceptions=True)
        at.left, at.loses_the_last, at.dies = inf, False, False
        if at.dead.is_set():
            self.reception = await _started(self.scene, self.folder)
        elif isinstance(ended[0], BaseException):
            raise ended[0]

    async def kept(self) -> Counter[str]:
        """The provider's ids of the texts that lie in the spool."""
        spool = self.reception.spool
        calls = [Call.from_text((await spool.read(name)).content) for name in await spool.names()]
        return Counter(call.form.text("MessageSid") for call in calls if call.kind == "message")

    async def _receive(
        self, kind: Literal["message", "status"], path: str, fields: dict[str, str], outage: Outage
    ) -> None:
        account, at = self.scene.account, self.reception
        fields = {"AccountSid": account.account_sid, **fields}
        url = ORIGIN + path
        call = Call(kind, account.channel_token, url, sign(url, fields, account.auth_token), urlencode(fields))
        at.left = {Outage.NONE: inf, Outage.AWAY: 0, Outage.TAKEN: 1}[outage]
        at.loses_the_last = outage is Outage.TAKEN
        await at.receive(call)
        at.left, at.loses_the_last = inf, False


async def _started(scene: Scene, folder: Path) -> Reception:
    database = scene.tenant.database
    channels, spool = Channels(database, scene.vault), Spool(folder, scene.vault)
    await channels.fill()
    await spool.probe()
    return Reception(database, channels, spool, lambda: None)
