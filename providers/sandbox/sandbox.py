"""A Twilio of our own: keeps accounts, messages and phones in memory and plays both sides."""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from providers.sandbox import incoming, media, outgoing, twiml
from providers.sandbox.accounts import Account, Accounts, SandboxAccount
from providers.sandbox.compliance import Compliance
from providers.sandbox.delivery import Delivery, StatusCallbacks
from providers.sandbox.faults import HIDING, Faults
from providers.sandbox.feed import Feed
from providers.sandbox.incoming import CandidateText
from providers.sandbox.media import Files
from providers.sandbox.message import Direction, Message, Status
from providers.sandbox.messages import Messages
from providers.sandbox.opt_outs import Keyword, OptOuts, keyword_in
from providers.sandbox.phones import Behaviour, Phones, SandboxPhone
from providers.sandbox.webhooks import Answer, Webhooks
from providers.segments import measure

_MOST_REQUESTS_LOGGED = 10_000


class NoSuchNumber(LookupError):
    """No account of this sandbox owns the number."""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """One POST to Messages.json, taken or not: what a test counts to see that nobody sent twice."""

    recipient: str
    sender: str
    body: str
    outcome: str
    sid: str
    validity_seconds: int = 0


class Sandbox:
    """The state behind the HTTP routes of `create_app`.

    `sent_after` and `delivered_after` are seconds after acceptance, `reviewed_after` those of a bundle's review;
    `most_messages` bounds the memory.
    It needs a running event loop, but no lifespan: everything in the background starts when first needed.
    """

    def __init__(
        self,
        *accounts: SandboxAccount,
        phones: Iterable[SandboxPhone] = (),
        sent_after: float = 0.15,
        delivered_after: float = 0.5,
        most_messages: int = 200_000,
        reviewed_after: float = 20.0,
    ) -> None:
        self.accounts = Accounts()
        self.messages = Messages(most_messages)
        self.phones = Phones(phones)
        self.opt_outs = OptOuts()
        self.faults = Faults()
        self.feed = Feed()
        self.files = Files()
        self.webhooks = Webhooks()
        self.compliance = Compliance(reviewed_after)
        self.requests: deque[SendRequest] = deque(maxlen=_MOST_REQUESTS_LOGGED)
        self._tasks: set[asyncio.Task[None]] = set()
        self._callbacks = StatusCallbacks(self.accounts, self.webhooks, self.faults, self._spawn)
        self._delivery = Delivery(
            self.phones,
            self._callbacks,
            self.faults,
            self.feed,
            sent_after=sent_after,
            delivered_after=delivered_after,
        )
        for account in accounts:
            self.open_account(account)

    def open_account(self, account: SandboxAccount) -> None:
        """Open an account, or add numbers to an open one and set its token anew."""
        self.accounts.open(account)

    def set_webhook(self, number: str, url: str) -> None:
        """Where incoming texts to a company number are reported. Raises NoSuchNumber."""
        owned = self.accounts.number(number)
        if owned is None:
            raise NoSuchNumber(f"No account owns {number}.")
        owned.sms_url = url

    def set_behaviour(self, number: str, name: str) -> None:
        """What becomes of texts to a candidate's number from now on. ValueError for an unknown name."""
        behaviour = Behaviour(name.strip().lower().replace(" ", "_"))
        self.phones.keep(number).behaviour = behaviour
        self.feed.changed()

    def take(self, account: Account, wanted: outgoing.WantedText) -> Message:
        """Take a text for sending, as Twilio would. Raises TwilioRefusal with Twilio's own code."""
        message = outgoing.accept(wanted, account, self.messages, self.opt_outs)
        if message.sender != outgoing.MAGIC_SENDER:
            self._note(message)
            if message.media:
                self._spawn(self._fetch_media(message))
            else:
                self._delivery.begin(message)
        return message

    def force_status(self, message: Message, status: Status, error_code: int | None = None) -> None:
        """Set any status in any order, silently; `report_status` tells the app."""
        self._delivery.force(message, status, error_code)

    async def report_status(self, message: Message) -> Answer:
        """Call the status callback about the present status and wait for the app's answer."""
        return await self._callbacks.report_now(message)

    def arrive(self, text: CandidateText) -> Message:
        """A candidate's text reaches Twilio; `tell_app` reports it. Raises NoSuchNumber."""
        owner = self.accounts.owner_of(text.recipient)
        if owner is None:
            raise NoSuchNumber(f"No account owns {text.recipient}.")
        # A lone surrogate cannot travel as UTF-8, so no phone can send one.
        body = text.body.encode("utf-8", "replace").decode()
        message = self.messages.add(
            account_sid=owner.sid,
            sender=text.sender,
            recipient=text.recipient,
            body=body,
            segments=measure(body).segments,
            direction="inbound",
            status=Status.RECEIVED,
            media=text.media_items(self.files),
        )
        incoming.called_now(message)
        if hiding := self.faults.take(HIDING, to=text.recipient, body=body):
            message.hidden_until = time.monotonic() + hiding.seconds
        self._note(message)
        if keyword := keyword_in(body):
            self._answer_keyword(message, keyword)
        return message

    def remember(self, sender: str, recipient: str, body: str, at: datetime, status: Status) -> Message:
        """A text of before, as its list has it; nobody is told. Raises NoSuchNumber, ValueError for one too new."""
        owner = self.accounts.owner_of(recipient)
        direction: Direction = "inbound" if owner else "outbound-api"
        owner = owner or self.accounts.owner_of(sender)
        if owner is None:
            raise NoSuchNumber(f"No account owns {sender} or {recipient}.")
        return self.messages.add_past(
            account_sid=owner.sid,
            sender=sender,
            recipient=recipient,
            body=body,
            segments=measure(body).segments,
            direction=direction,
            status=Status.RECEIVED if direction == "inbound" else status,
            at=at,
            error_code=30003 if status.is_failure else None,
        )

    async def tell_app(self, message: Message, opt_out_type: str = "") -> Answer:
        """Call the number's webhook about an incoming text, or its fallback; play what the answer asks."""
        number = self.accounts.number(message.recipient)
        account = self.accounts.get(message.account_sid)
        if number is None or account is None or not number.sms_url:
            message.webhook = "No webhook is set for this number"
            return Answer()
        fields = incoming.webhook_fields(message, opt_out_type)
        call = partial(self.webhooks.call, auth_token=account.auth_token, message=message)
        answer = await call(number.sms_url, fields, kind="message", method=number.sms_method)
        if answer.error_code is not None and number.sms_fallback_url:
            fields = incoming.fallback_fields(fields, answer, number)
            url = number.sms_fallback_url
            answer = await call(url, fields, kind="fallback", method=number.sms_fallback_method)
        message.webhook = answer.in_words
        if not self.opt_outs.blocks(candidate=message.sender, company_number=message.recipient):
            for words in twiml.replies(answer):
                self._reply(message, words, is_listed=True)
        self.feed.changed()
        return answer

    def tell_app_later(self, message: Message, opt_out_type: str = "") -> None:
        """The same in the background."""

        async def tell() -> None:
            await self.tell_app(message, opt_out_type)

        self._spawn(tell())

    async def end_streams(self) -> None:
        """Finish the event streams of open phones pages, for a server that waits for them before it stops."""
        self.feed.end()

    async def aclose(self) -> None:
        """Stop everything in the background and close the HTTP client."""
        self._delivery.stop()
        await self.end_streams()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.webhooks.aclose()

    async def _fetch_media(self, message: Message) -> None:
        """Twilio fetches what it is to send before it sends it, from wherever the app said that it is."""
        fetched = []
        try:
            for item in message.media:
                file = await media.fetch(self.webhooks.http(), item.url)
                self.files.keep(item.sid, file)
                fetched.append(replace(item, content_type=file.content_type))
        except media.NotFetched as error:
            self._delivery.lose(message, error.code)
            return
        message.media = tuple(fetched)
        self._delivery.begin(message)

    def _answer_keyword(self, message: Message, keyword: Keyword) -> None:
        if self.opt_outs.note(keyword, candidate=message.sender, company_number=message.recipient):
            # Twilio's own confirmation reaches the phone; the account's list and the app know nothing of it.
            self._reply(message, keyword.value, is_listed=False)

    def _reply(self, message: Message, words: str, *, is_listed: bool) -> None:
        reply = self.messages.add(
            account_sid=message.account_sid,
            sender=message.recipient,
            recipient=message.sender,
            body=words,
            segments=measure(words).segments,
            direction="outbound-reply",
            status=Status.QUEUED,
            is_listed=is_listed,
        )
        self._note(reply)
        self._delivery.begin(reply)

    def _note(self, message: Message) -> None:
        self.phones.note(message)
        self.feed.changed()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
