"""Mails go out through a real SMTP server: what they look like, when they are tried again, when they are given up."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inbox.accounts import users
from inbox.accounts.users import User
from inbox.storage import mails
from inbox.storage.database import Tenant
from inbox.storage.mails import Mail
from providers.mail import MailFolder, MailServer
from tests import mail_server
from tests.mail_server import Letters, text

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is stored of mails is tried on both kinds elsewhere."""
    return sqlite_url


@pytest.fixture
async def letters(anyio_backend: str) -> AsyncIterator[Letters]:
    async with mail_server.listening() as letters:
        yield letters


async def posted(tenant: Tenant, jo: User, **changes: str) -> Mail:
    facts = {"subject": "A question", "path": "/inbox", "link_words": "Open it"} | changes
    words = facts.pop("words", "Hello Jo,")
    return await mails.find(tenant, await mails.post(tenant, jo.id, jo.email, paragraphs=[words], **facts))


async def test_a_mail_is_plain_text_with_the_same_as_html_beside_it(tenant: Tenant, jo: User, letters: Letters) -> None:
    words = "Tom & <b>Zoë</b> said “hi” 👋"
    mail = await posted(tenant, jo, words=words)
    assert await mail_server.deliver(tenant, letters.server) == [None]
    (taken,) = letters.taken
    assert (taken["To"], taken["From"]) == ("jo@acme.test", "Shared Inbox <inbox@example.com>")
    assert taken["Message-ID"] == f"<{mail.id}@inbox.example.com>"
    assert taken["Auto-Submitted"] == "auto-generated"
    assert text(taken).splitlines() == [words, "", "Open it:", "https://inbox.example.com/inbox"]
    assert "<p>Tom &amp; &lt;b&gt;Zoë&lt;/b&gt; said “hi” 👋</p>" in text(taken, "html")
    assert '<a href="https://inbox.example.com/inbox">Open it</a>' in text(taken, "html")
    assert (await mails.find(tenant, mail.id)).state == mails.SENT


@pytest.mark.parametrize("subject", ["Hi\r\nBcc: eve@example.com", "Hi\n\nbody", "Hi\x85\u2028Bcc: eve"])
async def test_a_subject_begins_no_header_of_its_own(tenant: Tenant, jo: User, letters: Letters, subject: str) -> None:
    await posted(tenant, jo, subject=subject)
    await mail_server.deliver(tenant, letters.server)
    (taken,) = letters.taken
    assert taken["Bcc"] is None
    assert taken["Subject"] == " ".join(subject.split())


async def test_a_server_that_has_no_time_is_asked_again(tenant: Tenant, jo: User, letters: Letters) -> None:
    mail = await posted(tenant, jo)
    letters.refusals = ["450 Busy", "450 Busy"]
    assert [await mail_server.deliver(tenant, letters.server) for _ in range(3)] == [[30.0], [120.0], [None]]
    assert len(letters.taken) == 1
    assert (await mails.find(tenant, mail.id)).state == mails.SENT


async def test_an_address_that_does_not_exist_is_given_up_at_once(tenant: Tenant, jo: User, letters: Letters) -> None:
    mail = await posted(tenant, jo)
    letters.refusals = ["550 No such mailbox"]
    assert await mail_server.deliver(tenant, letters.server) == [None]
    found = await mails.find(tenant, mail.id)
    assert (found.state, found.reason) == (mails.FAILED, "The address was refused: 550 No such mailbox")


async def test_nothing_is_sent_without_tls_unless_it_is_asked_for(tenant: Tenant, jo: User, letters: Letters) -> None:
    mail = await posted(tenant, jo)
    strict = MailServer.parse(f"smtp://jo:secret@127.0.0.1:{letters.port}")
    assert "secret" not in repr(strict)
    assert await mail_server.deliver(tenant, strict) == [30.0]
    assert letters.taken == []
    assert "STARTTLS" in (await mails.find(tenant, mail.id)).reason


@pytest.mark.parametrize("url", ["smtp://", "http://mail", "smtp+plain://jo:secret@mail", "smtp://mail/path"])
def test_an_address_of_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - it has no words of its own
        MailServer.parse(url)


async def test_a_server_that_is_away_is_given_up_in_the_end(tenant: Tenant, jo: User) -> None:
    mail, away = await posted(tenant, jo), MailServer.parse("smtp+plain://127.0.0.1:9")
    said = [await mail_server.deliver(tenant, away) for _ in range(8)]
    assert said == [[30.0], [120.0], [600.0], [1800.0], [3600.0], [10800.0], [21600.0], [None]]
    assert (await mails.find(tenant, mail.id)).state == mails.FAILED


async def test_without_a_server_mails_lie_in_a_folder(tenant: Tenant, jo: User, tmp_path: Path) -> None:
    mail, folder = await posted(tenant, jo), MailFolder(tmp_path / "mails")
    await mail_server.deliver(tenant, folder)
    assert b"Subject: A question" in (folder.read(mail.id) or b"")
    assert [(file.name, file.stat().st_mode & 0o777) for file in folder.folder.iterdir()] == [(f"{mail.id}.eml", 0o600)]


async def test_who_was_shut_out_is_mailed_nothing(tenant: Tenant, jo: User, letters: Letters) -> None:
    mail = await posted(tenant, jo)
    await users.deactivate(tenant, jo.id)
    assert await mail_server.deliver(tenant, letters.server) == [None]
    assert letters.taken == []
    assert (await mails.find(tenant, mail.id)).state == mails.FAILED
