"""Message templates: filled in for a candidate, added and changed."""

from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from inbox.accounts import companies
from inbox.accounts.scopes import Scope
from inbox.automation import field_values, message_templates
from inbox.automation.merge_fields import Filled
from inbox.candidates import people
from inbox.messaging import conversations
from inbox.web.api.chosen_company import company_of
from inbox.web.api.operations import Call, Input, Line, Nothing, Operation, Text

Version = Annotated[int, Meta(ge=0, le=2_000_000_000)]


class MessageTemplate(Struct):
    """A template; a shared one is for a company, or with null for all. `version` counts its changes.

    `text` is filled in for the candidate that was named; the fields that could not be, stand in `missing`.
    """

    id: str
    name: str
    body: str
    is_shared: bool
    company_id: str | None
    version: int
    is_archived: bool
    text: str | None
    missing: list[str]


class MessageTemplates(Struct):
    """The templates that the token's person may use."""

    data: list[MessageTemplate]


class NewMessageTemplate(Input):
    """A name, a text with merge fields, and whose it is: shared with all, or with a company (its id) alone."""

    name: Line
    body: Text
    is_shared: bool = False
    company: Line | None = None


class ChangedMessageTemplate(Input):
    """Only the fields that are there are changed. With `version` nothing is, if somebody changed it since."""

    name: Line | UnsetType = UNSET
    body: Text | UnsetType = UNSET
    is_shared: bool | UnsetType = UNSET
    company: Line | UnsetType | None = UNSET
    version: Version | UnsetType = UNSET


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
        [_shown(template, text) for template, text in zip(found, filled, strict=True)],
    )


async def show(call: Call[None, Nothing]) -> MessageTemplate:
    """One template, also one that is out of use."""
    return _shown(await _found(call))


async def create(call: Call[NewMessageTemplate, Nothing]) -> MessageTemplate:
    """Add a template, of the person's own or shared."""
    told = call.body
    company_id = await company_of(call, told.company) if told.is_shared and told.company else None
    made = await message_templates.create(
        call.tenant, call.me.user, name=told.name, body=told.body, shared=told.is_shared, company_id=company_id
    )
    return _shown(made)


async def change(call: Call[ChangedMessageTemplate, Nothing]) -> MessageTemplate:
    """Change a template; what it said before is kept. 409 when `version` is not that of now."""
    told, before = call.body, await _found(call)
    shared = before.is_shared if told.is_shared is UNSET else told.is_shared
    company_id = before.company_id if told.company is UNSET else told.company
    if shared and company_id is not None and company_id != before.company_id:
        company_id = await company_of(call, company_id)
    changed = await message_templates.change(
        call.tenant,
        call.me.user,
        before.id,
        name=before.name if told.name is UNSET else told.name,
        body=before.body if told.body is UNSET else told.body,
        shared=shared,
        version=before.version if told.version is UNSET else told.version,
        company_id=company_id if shared else None,
    )
    return _shown(changed)


async def archive(call: Call[None, Nothing]) -> MessageTemplate:
    """Take a template out of use."""
    return _shown(await message_templates.archive(call.tenant, call.me.user, (await _found(call)).id))


async def restore(call: Call[None, Nothing]) -> MessageTemplate:
    """Bring a template back into use; refused (422) when another one has its name by now."""
    return _shown(await message_templates.restore(call.tenant, call.me.user, (await _found(call)).id))


async def _found(call: Call[Any, Any]) -> message_templates.MessageTemplate:
    return await message_templates.find(call.tenant, call.me.user, call.id("template_id"))


def _shown(template: message_templates.MessageTemplate, filled: Filled | None = None) -> MessageTemplate:
    return MessageTemplate(
        id=template.id,
        name=template.name,
        body=template.body,
        is_shared=template.is_shared,
        company_id=template.company_id,
        version=template.version,
        is_archived=template.is_archived,
        text=filled.text if filled else None,
        missing=list(filled.missing) if filled else [],
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


_PATH = "/message-templates/{template_id}"
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
    Operation("GET", _PATH, "One message template", show, MessageTemplate, scope=Scope.TEMPLATES_READ),
    Operation(
        "POST",
        "/message-templates",
        "Add a message template",
        create,
        MessageTemplate,
        status=201,
        scope=Scope.TEMPLATES_WRITE,
        takes=NewMessageTemplate,
    ),
    Operation(
        "PATCH",
        _PATH,
        "Change a message template",
        change,
        MessageTemplate,
        scope=Scope.TEMPLATES_WRITE,
        takes=ChangedMessageTemplate,
        refusals=(409,),
    ),
    Operation(
        "POST",
        f"{_PATH}/archive",
        "Take a message template out of use",
        archive,
        MessageTemplate,
        scope=Scope.TEMPLATES_WRITE,
    ),
    Operation(
        "POST",
        f"{_PATH}/restore",
        "Bring a message template back",
        restore,
        MessageTemplate,
        scope=Scope.TEMPLATES_WRITE,
    ),
)
