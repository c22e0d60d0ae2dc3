"""What the phones page shows: the list of phones and the texts on one of them."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from providers.phone import readable
from providers.sandbox.message import Message
from providers.sandbox.phones import Behaviour, Phone
from providers.sandbox.refusals import TITLES
from providers.sandbox.sandbox import Sandbox

SHOWN = {"image/jpeg", "image/png", "image/gif", "image/webp"}

_MOST_TEXTS = 100
_ENOUGH_FOR_A_ROW = 20


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the phone shows it; `trouble` says why it never arrived. Times are this computer's."""

    seq: int
    id: str
    is_mine: bool
    company: str
    is_new_company: bool
    body: str
    at: datetime
    day: str
    note: str
    trouble: str
    pictures: tuple[str, ...]
    """SIDs of what it shows."""
    files: tuple[str, ...]
    """SIDs of what can be saved."""


@dataclass(frozen=True, slots=True)
class Row:
    """A phone in the list; `state` is what is out of the ordinary with it."""

    id: str
    href: str
    name: str
    number: str
    last: str
    at: datetime | None
    unread: int
    is_open: bool
    state: str


def texts(sandbox: Sandbox, number: str) -> list[Text]:
    """The newest texts on a phone, oldest first, and those that failed on their way to it."""
    labels = {owned.number: owned.label for owned in sandbox.accounts.numbers()}
    shown: list[Text] = []
    for message in sandbox.messages.with_candidate(number, _MOST_TEXTS):
        if not message.is_on_phone and not message.status.is_failure:
            continue
        at = message.created_at.astimezone()
        company = labels.get(message.company_number, message.company_number)
        before = shown[-1] if shown else None
        shown.append(
            Text(
                seq=message.seq,
                id=f"text-{message.sid}",
                is_mine=message.direction == "inbound",
                company=company,
                is_new_company=before is None or before.company != company,
                body=message.body,
                at=at,
                day="" if before and before.at.date() == at.date() else f"{at:%A} {at.day} {at:%B}",
                note=message.webhook or "On its way to your app…" if message.direction == "inbound" else "",
                trouble=_trouble(message),
                pictures=tuple(item.sid for item in message.media if item.content_type in SHOWN),
                files=tuple(item.sid for item in message.media if item.content_type not in SHOWN),
            )
        )
    return shown


def rows(sandbox: Sandbox, opened: str) -> list[Row]:
    """All phones of the page; `opened` is the number of the one in hand."""
    return [_row(sandbox, phone, is_open=phone.number == opened) for phone in sandbox.phones.shown()]


def last_company_number(sandbox: Sandbox, number: str) -> str:
    """The company number this candidate last had to do with, to write back to."""
    newest = sandbox.messages.with_candidate(number, 1) if number else []
    return newest[-1].company_number if newest else ""


def href(number: str) -> str:
    """The page of one phone."""
    return f"/sandbox/phones/{quote(number, safe='+')}"


def _row(sandbox: Sandbox, phone: Phone, *, is_open: bool) -> Row:
    recent = sandbox.messages.with_candidate(phone.number, _ENOUGH_FOR_A_ROW)
    known = [message for message in recent if message.is_on_phone or message.status.is_failure]
    last = known[-1] if known else None
    unread = sum(message.seq > phone.seen and message.direction != "inbound" for message in known)
    return Row(
        id=f"phone-{phone.number.removeprefix('+')}",
        href=href(phone.number),
        name=phone.label or readable(phone.number),
        number=readable(phone.number) if phone.label else "",
        last=_last_words(last),
        at=last.created_at.astimezone() if last else None,
        unread=0 if is_open else unread,
        is_open=is_open,
        state=_state(sandbox, phone),
    )


def _last_words(last: Message | None) -> str:
    if last is None:
        return "No texts yet"
    words = last.body or "Picture"
    return f"Did not arrive: {words}" if last.status.is_failure else words


def _state(sandbox: Sandbox, phone: Phone) -> str:
    if sandbox.opt_outs.has_left(phone.number):
        return "Texted STOP"
    return "" if phone.behaviour is Behaviour.DELIVERS else phone.behaviour.words


def _trouble(message: Message) -> str:
    if not message.status.is_failure:
        return ""
    if message.error_code is None:
        return "Did not arrive."
    title = TITLES.get(message.error_code, "")
    return f"Did not arrive. {message.error_code}{': ' if title else ''}{title}"
