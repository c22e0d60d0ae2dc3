"""Sends the mails that were promised: composes each, makes its link, hands it over, and tries again what fails."""

from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

import structlog

from inbox import clock
from inbox.accounts import password_links, users
from inbox.errors import NotFound
from inbox.languages import _
from inbox.languages.readers import ENGLISH, Reader
from inbox.rendering import render
from inbox.storage import mails
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job
from inbox.storage.mails import Mail
from providers.mail import MailError, PostOffice

RETRY_SECONDS = (30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600)
"""The pauses between the tries, as long as which a mail server may be away."""
PASSWORD_PATH = "/login/password"  # noqa: S105 - an address, no password

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Mailer:
    """Does the jobs of mails. `sender` stands in From, `public_url` begins every link."""

    post_office: PostOffice
    sender: str
    public_url: str

    async def __call__(self, tenant: Tenant, job: Job) -> float | None:
        """Send the mail of the job; the seconds until it is tried again, None when it is sent or given up."""
        try:
            mail = await mails.find(tenant, job.subject)
            person = await users.find(tenant, mail.user_id)
        except NotFound:
            return None
        if mail.state != mails.QUEUED:
            return None
        if person.deactivated:
            await mails.failed(tenant, mail.id, _("This person cannot sign in any more."), is_final=True)
            return None
        try:
            address = await self._address(tenant, mail)
            composed = compose(mail, self.sender, self.public_url, address, person.reader)
            await self.post_office.deliver(composed, mail.id)
        except MailError as error:
            is_final = error.is_final or job.tries > len(RETRY_SECONDS)
            await mails.failed(tenant, mail.id, str(error), is_final=is_final)
            _log.warning("mail not sent", mail=mail.id, tries=job.tries, is_final=is_final)
            return None if is_final else float(RETRY_SECONDS[job.tries - 1])
        await mails.sent(tenant, mail.id)
        return None

    async def _address(self, tenant: Tenant, mail: Mail) -> str:
        """Where the mail leads, "" for nowhere."""
        if mail.kind in password_links.LIVES_SECONDS:
            token = await password_links.make(tenant, mail.user_id, mail.kind)
            return f"{self.public_url}{PASSWORD_PATH}?token={token}"
        return f"{self.public_url}{mail.path}" if mail.path else ""


def compose(mail: Mail, sender: str, public_url: str, address: str, reader: Reader = ENGLISH) -> EmailMessage:
    """The mail as RFC 5322 wants it: plain text first, the same as HTML beside it.

    Its Message-ID stays the same however often it is sent. Raises MailError for an e-mail that nobody can have.
    """
    composed = EmailMessage(policy=SMTP)  # which refuses line breaks in headers
    try:
        composed["To"] = Address(addr_spec=mail.email)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise MailError(_("This is no address that mail can be sent to."), is_final=True) from error
    composed["From"] = sender
    composed["Subject"] = _one_line(mail.subject)
    composed["Date"] = format_datetime(clock.now())
    composed["Message-ID"] = f"<{mail.id}@{urlsplit(public_url).hostname}>"
    composed["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers this
    text = [*mail.paragraphs, *([f"{mail.link_words}:\n{address}"] if address else [])]
    composed.set_content("\n\n".join(text) + "\n", cte="quoted-printable")
    html = render("mails/mail.html", reader, mail=mail, address=address)
    composed.add_alternative(html, subtype="html", cte="quoted-printable")
    return composed


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
