"""Opt-outs: who wants no more texts, and what other systems know of it."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from inbox.accounts.scopes import Scope
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import conversations, opting_out
from inbox.provisioning import company_numbers
from inbox.storage import audit
from inbox.web.api.operations import Call, Cursor, Input, Line, Nothing, Operation, Page
from inbox.web.forms import as_id
from providers import phone


class OptOut(Struct):
    """A candidate who may not be texted, by the conversation that is blocked.

    `presumed`: said in other words than STOP, and nobody has read it yet. `words` are what was texted or written down,
    or the provider's code. `candidate_id` is null while nobody has said which of several people the number is.
    """

    conversation_id: str
    candidate_id: str | None
    name: str
    number: str
    company_number: str
    presumed: bool
    words: str
    at: datetime


class Filter(Input):
    """Of a number, or only those that are presumed (or are not)."""

    number: Line | None = None
    presumed: bool | None = None
    cursor: Cursor | None = None


class NewOptOut(Input):
    """Somebody said elsewhere that they want no more texts; `words` say where and how, for the ledger of consents."""

    conversation_id: Line
    words: Annotated[str, Meta(min_length=1, max_length=300, pattern=r"^[^\x00]*\S[^\x00]*$")]


async def index(call: Call[None, Filter]) -> Page[OptOut]:
    """The newest first."""
    query, number = call.query, None
    if query.number is not None:
        try:
            number = phone.to_e164(query.number, await company_numbers.region(call.tenant))
        except ValueError as error:
            raise Invalid({"number": str(error)}) from None
    found, more = await opting_out.page(call.tenant, number=number, presumed=query.presumed, before=query.cursor)
    return Page([_shown(one) for one in found], more)


async def create(call: Call[NewOptOut, Nothing]) -> OptOut:
    """Nobody may text this candidate any more; what is under way is taken back. A presumed one becomes certain."""
    conversation_id = as_id(call.body.conversation_id)
    async with call.tenant.transaction():
        if await opting_out.write_down(call.tenant, call.me.user, conversation_id, words=call.body.words.strip()):
            conversation = await conversations.find(call.tenant, conversation_id)
            await _note(call, _("wrote down the opt-out of candidate %(id)s", id=conversation.candidate_id))
    return await _one(call, conversation_id)


async def lift(call: Call[None, Nothing]) -> None:
    """Clear an opt-out that was presumed: it was none. A certain one ends with the candidate's START alone (422)."""
    conversation = await conversations.find(call.tenant, call.id("conversation_id"))
    async with call.tenant.transaction():
        await opting_out.lift(call.tenant, call.me.user, conversation.id)
        await _note(call, _("decided that candidate %(id)s has not opted out", id=conversation.candidate_id))


async def _one(call: Call[NewOptOut, Nothing], conversation_id: str) -> OptOut:
    """The newest that blocks this conversation; with a wide reach it may be of another number of ours."""
    conversation = await conversations.find(call.tenant, conversation_id)
    found, _more = await opting_out.page(call.tenant, number=conversation.candidate_number)
    return _shown(next((one for one in found if one.conversation_id == conversation_id), found[0]))


async def _note(call: Call[Any, Any], did: str) -> None:
    await audit.record(call.tenant, call.me.user.id, call.me.user.name, "opt_out", did)


def _shown(one: opting_out.OptOut) -> OptOut:
    return OptOut(
        conversation_id=one.conversation_id,
        candidate_id=one.candidate_id,
        name=one.name or one.number,
        number=one.number,
        company_number=one.company_number,
        presumed=one.presumed,
        words=one.words,
        at=one.at,
    )


OPERATIONS = (
    Operation(
        "GET",
        "/opt-outs",
        "Who has opted out, the newest first",
        index,
        Page[OptOut],
        scope=Scope.OPT_OUTS_READ,
        asks=Filter,
    ),
    Operation(
        "POST",
        "/opt-outs",
        "Write down an opt-out, or confirm a presumed one",
        create,
        OptOut,
        status=201,
        scope=Scope.OPT_OUTS_WRITE,
        takes=NewOptOut,
        refusals=(404, 409),
    ),
    Operation(
        "DELETE",
        "/opt-outs/{conversation_id}",
        "Clear a presumed opt-out",
        lift,
        None,
        status=204,
        scope=Scope.OPT_OUTS_WRITE,
        refusals=(409,),
    ),
)
