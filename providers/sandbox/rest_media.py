"""Twilio's REST paths for the pictures and files of a message."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from providers.sandbox import resources
from providers.sandbox.accounts import Account
from providers.sandbox.message import MediaItem, Message
from providers.sandbox.paging import PageWanted
from providers.sandbox.refusals import TwilioRefusal
from providers.sandbox.sandbox import Sandbox


def message_of(request: Request, sandbox: Sandbox, account: Account) -> Message:
    """The message that the path names. Raises TwilioRefusal when the account has none with this id."""
    message = sandbox.messages.get(request.path_params["sid"])
    if message is None or message.account_sid != account.sid or not message.is_listed:
        raise _missing(request)
    return message


async def list_media(request: Request, sandbox: Sandbox, account: Account) -> Response:
    message = message_of(request, sandbox, account)
    path = f"{resources.account_path(account.sid)}/Messages/{message.sid}/Media.json"
    wanted = PageWanted.of(path, request.query_params)
    items = [resources.media(item, message) for item in message.media]
    return JSONResponse(wanted.answer("media_list", items[: wanted.size]))


async def fetch_media(request: Request, sandbox: Sandbox, account: Account) -> Response:
    message = message_of(request, sandbox, account)
    return JSONResponse(resources.media(_item(request, message), message))


async def content(request: Request, sandbox: Sandbox, account: Account) -> Response:
    """The bytes, for who has the account's credentials. Twilio sends him on to its storage; here they are at once."""
    item = _item(request, message_of(request, sandbox, account))
    file = sandbox.files.get(item.sid)
    if file is None:
        raise _missing(request)
    return Response(file.content, headers={"Content-Type": file.content_type, "X-Content-Type-Options": "nosniff"})


async def delete_media(request: Request, sandbox: Sandbox, account: Account) -> Response:
    message = message_of(request, sandbox, account)
    item = _item(request, message)
    message.media = tuple(other for other in message.media if other != item)
    sandbox.files.delete(item.sid)
    return Response(status_code=204)


def _item(request: Request, message: Message) -> MediaItem:
    found = (item for item in message.media if item.sid == request.path_params["media_sid"])
    item = next(found, None)
    if item is None:
        raise _missing(request)
    return item


def _missing(request: Request) -> TwilioRefusal:
    return TwilioRefusal(20404, 404, f"The requested resource {request.url.path} was not found")
