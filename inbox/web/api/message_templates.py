"""Message templates, also filled in for a candidate."""

from uuid import UUID

from msgspec import Struct

from inbox.accounts import companies
from inbox.accounts.scopes import Scope
from inbox.automation import field_values, message_templates
from inbox.candidates import people
from inbox.messaging import conversations
from inbox.web.api.operations import Call, Input, Line, Operation


class MessageTemplate(Struct):
    """A template. `text` is filled in for the candidate; the fields that could not be, stand in `missing`."""

    id: str
    name: str
    body: str
    is_shared: bool
    text: str | None
    missing: list[str]


class MessageTemplates(Struct):
    """The templates that the token's person may use."""

    data: list[MessageTemplate]


class Filter(Input):
    """Words to look for, and whom to fill the templates in for."""

    q: Line = ""
    candidate_id: UUID | None = None


async def index(call: Call[None, Filter]) -> MessageTemplates:
    """Shared ones and the person's own, by name."""
    tenant, user = call.tenant, call.me.user
    found = await message_templates.all_of(tenant, user, q=call.query.q, most=message_templates.PICKED)
    values = await _values(call)
    filled = [None if values is None else message_templates.filled(template, values) for template in found]
    return MessageTemplates(
        [
            MessageTemplate(
                template.id,
                template.name,
                template.body,
                template.is_shared,
                text.text if text else None,
                list(text.missing) if text else [],
            )
            for template, text in zip(found, filled, strict=True)
        ]
    )


async def _values(call: Call[None, Filter]) -> dict[str, str | None] | None:
    if call.query.candidate_id is None:
        return None
    tenant = call.tenant
    candidate = await people.find(tenant, str(call.query.candidate_id))
    if candidate.conversation_id is None:
        return field_values.values_of(candidate, call.me.user, await companies.only(tenant))
    conversation = await conversations.find(tenant, candidate.conversation_id)
    return await field_values.values_for(tenant, call.me.user, candidate, conversation)


OPERATIONS = (
    Operation(
        "GET",
        "/message-templates",
        "Message templates, filled in for a candidate when one is named",
        index,
        MessageTemplates,
        scope=Scope.TEMPLATES_READ,
        asks=Filter,
    ),
)
