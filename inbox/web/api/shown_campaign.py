"""A campaign as programs read it."""

from datetime import datetime

from msgspec import Struct

from inbox.automation import campaigns
from inbox.web.api import campaign_recipients
from inbox.web.api.campaign_recipients import ShownRecipients


class Campaign(Struct):
    """One text to many. `state` is draft, gathering, ready, scheduled, sending, paused, stopped, done or canceled."""

    id: str
    name: str
    body: str
    state: str
    sender: str
    recipients: ShownRecipients
    only_consented: bool
    company_id: str | None
    template_id: str | None
    send_at: datetime | None
    created_at: datetime
    begun_at: datetime | None
    ended_at: datetime | None


def shown(one: campaigns.Campaign) -> Campaign:
    """With whom it is for and where it stands."""
    return Campaign(
        id=one.id,
        name=one.name,
        body=one.body,
        state=one.state,
        sender=one.sender,
        recipients=campaign_recipients.shown(one.choice, one.file_id),
        only_consented=one.only_consented,
        company_id=one.company_id,
        template_id=one.template_id,
        send_at=one.send_at,
        created_at=one.created_at,
        begun_at=one.begun_at,
        ended_at=one.ended_at,
    )
