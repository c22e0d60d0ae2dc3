"""Send me a test: below a preview, the text as it reads there to the phone of whoever reads it."""

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from inbox.automation import trial_texts
from inbox.errors import Invalid, Refused
from inbox.languages import _
from inbox.messaging import permission
from inbox.storage.columns import new_id
from inbox.web import pages
from inbox.web.access import who
from inbox.web.forms import Form


@dataclass(frozen=True, slots=True)
class Trial:
    """The button, which asks `address`, and what came of it when it was pressed; `id` is that of the next test."""

    address: str
    error: str | None = None
    sent_in: str | None = None
    id: str = field(default_factory=new_id)


async def answer(
    request: Request, form: Form, address: str, body: str, *, company_id: str | None, sender_id: str
) -> Response:
    """Text `body`, filled in, to the signed-in person from what `sender_id` texts from; the button again with a word.

    422 with the sentence when it cannot be sent.
    """
    me = who(request)
    try:
        sent = await trial_texts.send(
            me.tenant,
            me.user,
            me.user.mobile or "",
            body,
            ours=await permission.sender(me.tenant, company_id=company_id, user_id=sender_id),
            message_id=form.raw("trial") or new_id(),
            # Whoever asks for it is awake and wants it.
            reason=_("A test to one’s own phone").said(me.user.reader),
        )
    except (Invalid, Refused) as error:
        return _shown(request, Trial(address, error=error.sentence), status=422)
    return _shown(request, Trial(address, sent_in=sent.conversation_id))


def _shown(request: Request, trial: Trial, *, status: int = 200) -> Response:
    return pages.fragment(request, "message_templates/_trial.html", status=status, trial=trial)
