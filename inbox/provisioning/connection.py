"""Is the connection to Twilio whole? Each step is really made: nothing is taken from what was typed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import httpx2

from inbox.languages import _
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.provisioning.credentials import ProviderAccount
from providers.contract import OwnedNumber, Provider, ProviderError
from providers.twilio import webhooks

SECONDS = 8.0
# No message of ours has this id, so a report on it changes nothing.
_NOBODYS = "SM" + "0" * 32

Fix = Literal["", "set_webhook"]


@dataclass(frozen=True, slots=True)
class Step:
    """What was tried and how it went, as a sentence; `number_id` is the number that `fix` can mend.

    `is_well` is None for what only a person with a phone can try.
    """

    what: str
    is_well: bool | None
    words: str
    fix: Fix = ""
    number_id: str = ""


async def examine(
    provider: Provider, account: ProviderAccount, numbers: Sequence[CompanyNumber], public_url: str
) -> list[Step]:
    """Credentials, then for each number whether it is the account's and where it delivers, then our own door."""
    steps = [await _tried(_("Credentials"), lambda: _credentials(provider))]
    if steps[0].is_well:
        for number in numbers:
            steps += await _number(provider, account, number, public_url)
        if not numbers:
            steps.append(Step(_("Number"), False, _("No number is chosen yet. Choose one under Settings, Company.")))
    steps.append(await _door(account, public_url))
    return steps


async def set_webhook(provider: Provider, account: ProviderAccount, number: CompanyNumber, public_url: str) -> None:
    """Have Twilio deliver this number's texts here. Raises ProviderError; a number it does not know is left."""
    owned = await provider.find_number(number.number)
    if owned is not None:
        await provider.deliver_to(owned.provider_number_id, public_url + account.message_path)


async def _tried(what: str, act: Callable[[], Awaitable[str]]) -> Step:
    try:
        return Step(what, True, await act())
    except ProviderError as error:
        return Step(what, False, error.words)


async def _credentials(provider: Provider) -> str:
    await provider.check_credentials()
    return _("Twilio accepted the details.")


async def _number(provider: Provider, account: ProviderAccount, number: CompanyNumber, public_url: str) -> list[Step]:
    what = _("Number %(number)s", number=number.number)
    try:
        owned = await provider.find_number(number.number)
    except ProviderError as error:
        return [Step(what, False, error.words)]
    if owned is None:
        return [Step(what, False, _("This Twilio account does not have this number."))]
    return [Step(what, True, _("It belongs to this account.")), _webhook(owned, account, number, public_url)]


def _webhook(owned: OwnedNumber, account: ProviderAccount, number: CompanyNumber, public_url: str) -> Step:
    what, wanted = _("Webhook of %(number)s", number=number.number), public_url + account.message_path
    if owned.message_url == wanted and owned.message_method == "POST":
        return Step(what, True, _("Texts to it are delivered here."))
    if owned.message_url == wanted:
        words = _("It is called by %(message_method)s. It must be POST.", message_method=owned.message_method)
    elif owned.message_url:
        words = _("Texts to it are delivered to %(message_url)s.", message_url=owned.message_url)
    else:
        words = _("No webhook address is set on it.")
    return Step(what, False, words, fix="set_webhook", number_id=number.id)


async def _door(account: ProviderAccount, public_url: str) -> Step:
    """A report as Twilio would send it, signed with the account's token, to the address that Twilio is told."""
    what, url = _("Signature"), f"{public_url}{account.status_path}"
    fields = {"MessageSid": _NOBODYS, "MessageStatus": "sent", "AccountSid": account.account_sid}
    signature = webhooks.signature(url, fields, account.auth_token)
    try:
        async with httpx2.AsyncClient(timeout=SECONDS, follow_redirects=False) as http:
            answer = await http.post(
                url,
                content=urlencode(fields).encode(),
                headers={"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature},
            )
    except httpx2.HTTPError as error:
        return Step(
            what,
            False,
            _("%(public_url)s does not answer (%(name)s).", public_url=public_url, name=type(error).__name__),
        )
    if answer.status_code == 204:
        return Step(what, True, _("A signed call to our public address was accepted."))
    if answer.status_code == 403:
        return Step(
            what, False, _("Our own signed call was refused. INBOX_PUBLIC_URL must be exactly what Twilio calls.")
        )
    return Step(
        what,
        False,
        _(
            "A call to %(public_url)s was answered with %(status_code)s. Does it lead here?",
            public_url=public_url,
            status_code=str(answer.status_code),
        ),
    )


def round_trip(number: CompanyNumber, *, is_tested: bool) -> Step:
    """Whether a text from this number was delivered and one came back, which no machine of ours can try."""
    what = _("Round trip of %(number)s", number=number.number)
    if is_tested:
        return Step(what, True, _("A text from it was delivered, and one came in."))
    return Step(what, None, _("Text a phone of yours from it, and reply from there."))
