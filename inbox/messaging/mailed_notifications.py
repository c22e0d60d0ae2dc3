"""Mails what a user was notified of and has not read after five minutes, if the user wants that."""

from inbox.accounts import users
from inbox.errors import NotFound
from inbox.languages import _, gathered
from inbox.messaging import notifications
from inbox.storage import mails
from inbox.storage.database import Tenant
from inbox.storage.jobs import Postponed


async def mail_unread(tenant: Tenant, notification_id: str) -> Postponed | None:
    """What the job of a notification does when it is due."""
    for one in await notifications.by_ids(tenant, [notification_id]):
        try:
            reader = await users.find(tenant, one.user_id)
        except NotFound:
            continue
        if one.is_read or not reader.mails or reader.deactivated:
            continue
        if not await notifications.by_ids(reader.sight(tenant), [one.id]):
            continue
        about = [_("It is about %(name)s.", name=one.candidate)] if one.candidate else []
        await mails.post(
            tenant,
            reader.id,
            reader.email,
            reader=reader.reader,
            subject=one.sentence,
            paragraphs=[_("Hello %(name)s,", name=reader.first_name), gathered([one.sentence, *about])],
            path=f"/notifications/{one.id}",
            link_words=_("Open it"),
        )
    return None
