"""What was written with a candidate, stored as the product would have stored it."""

from datetime import datetime

from inbox import clock
from inbox.candidates import consents, labels, links, people
from inbox.candidates.labels import Kind
from inbox.demo.stories import Story, Text
from inbox.messaging import conversations, lines, opening, searchable
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import messages, opt_outs
from providers import segments
from providers.contract import DeliveryStatus

Team = dict[str, tuple[str, str]]
"""Ids and names of users by their e-mail."""


async def tell(tenant: Tenant, number: CompanyNumber, team: Team, story: Story) -> str | None:
    """Store a candidate with their thread, in a transaction; the id of the conversation, if there is one."""
    owner_id = team[story.owner][0] if story.owner else None
    candidate_id = await people.create(
        tenant,
        name=story.name,
        number=story.number,
        email=story.email,
        stage=story.stage,
        job=story.job,
        city=story.city,
        consent=story.consent,
        owner_id=owner_id,
    )
    if story.link:
        await links.take(tenant, candidate_id, story.link)
    named: dict[Kind, tuple[str, ...]] = {"tag": story.tags, "list": story.lists}
    for kind, names in named.items():
        for label_name in names:
            await labels.add(tenant, await labels.ensure(tenant, kind, label_name), [candidate_id])
    if not story.texts:
        return None
    conversation_id = await opening.find_or_open(
        tenant,
        company_id=number.company_id,
        company_number_id=number.id,
        candidate_id=candidate_id,
        candidate_number=story.number,
    )
    now = clock.now()
    ids = [new_id() for _ in story.texts]
    since = None
    for message_id, text in zip(ids, story.texts, strict=True):
        await tenant.execute(
            messages.insert().values(
                _row(tenant, number, conversation_id, message_id, text, team, now)
                | {"event": _event(story) if text is story.texts[-1] else None}
                | ({"job": story.job, "waited_since": since} if text.who else {})
            )
        )
        since = None if text.who else since or now - text.ago
        at = now - text.ago
        await searchable.written(tenant, conversation_id, text.body, at=at, last_at=at)
    last = story.texts[-1]
    waiting = [text for text in story.texts if text.who is None and not (story.read or story.opted_out)]
    await conversations.change(
        tenant,
        conversation_id,
        assignee_id=owner_id,
        first_message_at=now - story.texts[0].ago,
        last_message_at=now - last.ago,
        last_message_id=ids[-1],
        last_text=lines.shown(last.body),
        last_author=team[last.who][1].split()[0] if last.who else None,
        unread=0 if story.read else _trailing(story.texts),
        failed=sum(text.status.is_failure for text in story.texts),
        opted_out_at=now - last.ago if _event(story) else None,
        opt_out_presumed=story.presumed,
        waiting_since=now - waiting[-1].ago if waiting else None,
    )
    if _event(story):
        await consents.record(tenant, story.number, source="text", words=last.body, given=False)
        await tenant.execute(
            opt_outs.insert().values(
                organisation_id=tenant.organisation_id,
                company_number_id=number.id,
                number=story.number,
                keyword=last.body,
                presumed=story.presumed,
                at=now - last.ago,
            )
        )
    return conversation_id


def _event(story: Story) -> str | None:
    """What the last text did beside being read."""
    return "opted_out" if story.opted_out else "presumed" if story.presumed else None


def _row(
    tenant: Tenant,
    number: CompanyNumber,
    conversation_id: str,
    message_id: str,
    text: Text,
    team: Team,
    now: datetime,
) -> dict[str, object]:
    author_id, author = team[text.who] if text.who else (None, None)
    status = text.status if text.who else DeliveryStatus.RECEIVED
    delivered = status is DeliveryStatus.DELIVERED
    return {
        "organisation_id": tenant.organisation_id,
        "id": message_id,
        "conversation_id": conversation_id,
        "company_id": number.company_id,
        "direction": "out" if text.who else "in",
        "body": text.body,
        "author_id": author_id,
        "author": author,
        "status": status,
        "rank": status.rank,
        "error_code": text.error_code,
        "segments": segments.measure(text.body).segments,
        "provider_account_id": number.provider_account_id,
        "attempt": 1,
        "at": now - text.ago,
        "sent_at": now - text.ago if delivered else None,
        "delivered_at": now - text.ago if delivered else None,
    }


def _trailing(texts: tuple[Text, ...]) -> int:
    """How many texts of the candidate stand unanswered at the end."""
    count = 0
    for text in reversed(texts):
        if text.who is not None:
            break
        count += 1
    return count
