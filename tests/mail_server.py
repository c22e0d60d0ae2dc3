"""A real SMTP server on this machine that keeps what it is sent, and a worker's way to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP as POLICY
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

from inbox.accounts.mailing import Mailer
from inbox.storage import jobs, mails
from inbox.storage.database import Tenant
from providers.mail import MailServer, PostOffice

PUBLIC_URL = "https://inbox.example.com"


@dataclass
class Letters:
    """What came in, and what the server answers instead of taking the next ones."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def server(self) -> MailServer:
        return MailServer.parse(f"smtp+plain://127.0.0.1:{self.port}")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(BytesParser(_class=EmailMessage, policy=POLICY).parsebytes(content))
        return "250 OK"


@asynccontextmanager
async def listening() -> AsyncIterator[Letters]:
    """The server, which has no TLS, while it listens."""
    letters = Letters()
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: SMTP(letters, loop=loop), "127.0.0.1", 0) as server:
        letters.port = server.sockets[0].getsockname()[1]
        yield letters


def text(mail: EmailMessage, kind: str = "plain") -> str:
    """The words of one of the two forms of a mail."""
    part = mail.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content())


async def deliver(tenant: Tenant, office: PostOffice) -> list[float | None]:
    """Do what jobs of mails are due, as a worker would; what each said."""
    mailer = Mailer(office, "Shared Inbox <inbox@example.com>", PUBLIC_URL)
    claimed = await jobs.claim(tenant.database, kinds=[mails.SEND], limit=50, lease_seconds=60)
    said = []
    for job in claimed:
        said.append(await mailer(tenant, job))
        if said[-1] is None:
            await jobs.done(tenant.database, job)
        else:
            await jobs.again(tenant.database, job, seconds=0)
    return said
