"""Settings > Mails: what was mailed to whom, whether it went out, and, where it goes into a folder, what it says."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts.roles import Act
from inbox.candidates import choices
from inbox.storage import mails
from inbox.web import pages
from inbox.web.access import allowed, who
from providers.mail import MailFolder

ADDRESS = "/settings/mails"


@allowed(Act.MAILS)
async def index(request: Request) -> Response:
    """The newest mails, or those before the id `before`."""
    before = choices.as_id(request.query_params.get("before"))
    found, more = await mails.page(who(request).tenant, before=before or None)
    folder = None if request.app.state.settings.smtp_url else request.app.state.settings.mail_dir
    return await pages.page(request, "mails/index.html", nav="settings", mails=found, more=more, folder=folder)


@allowed(Act.MAILS)
async def show(request: Request) -> Response:
    """One mail as it lies in the folder. Those of a mail server are gone, so of them there are the facts alone."""
    settings = request.app.state.settings
    mail = await mails.find(who(request).tenant, str(request.path_params["mail_id"]))
    written = None if settings.smtp_url else MailFolder(settings.mail_dir).read(mail.id)
    lines = _lines(written) if written else []
    return await pages.page(
        request, "mails/show.html", nav="settings", mail=mail, lines=lines, ours=settings.public_url
    )


def _lines(written: bytes) -> list[str]:
    """The plain text of a mail."""
    parsed = message_from_bytes(written, _class=EmailMessage, policy=SMTP)
    body = parsed.get_body(preferencelist=("plain",))
    return str(body.get_content()).splitlines() if body is not None else []
