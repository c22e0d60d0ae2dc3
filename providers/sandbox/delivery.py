"""What becomes of a text after Twilio took it: its statuses one by one, each reported to the app."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from providers.sandbox.accounts import Accounts
from providers.sandbox.faults import DROPPING, DUPLICATING, HIDING, REORDERING, Faults
from providers.sandbox.feed import Feed
from providers.sandbox.message import Message, Status
from providers.sandbox.phones import Phones
from providers.sandbox.resources import API_VERSION
from providers.sandbox.webhooks import Answer, Webhooks

_MOST_CALLS_AT_ONCE = 16

Spawn = Callable[[Coroutine[Any, Any, None]], None]


class StatusCallbacks:
    """Reports statuses to the StatusCallback URL in the background; those of one text stay in order.

    Twilio promises no order. Order is kept here so that a test sees disorder only when it asked for it.
    """

    def __init__(self, accounts: Accounts, webhooks: Webhooks, faults: Faults, spawn: Spawn) -> None:
        self._accounts = accounts
        self._webhooks = webhooks
        self._faults = faults
        self._spawn = spawn
        self._pending: dict[str, deque[dict[str, str]]] = {}
        self._held: dict[str, dict[str, str]] = {}
        self._ready: deque[Message] = deque()
        self._callers = 0

    def report(self, message: Message) -> None:
        """Queue a call about the message's status of this moment, and return at once."""
        if not message.status_callback:
            return
        fields = _status_fields(message)
        if self._faults.take(DROPPING, to=message.recipient, body=message.body):
            return
        if message.status is Status.SENT and self._faults.take(REORDERING, to=message.recipient, body=message.body):
            self._held[message.sid] = fields
            return
        self._queue(message, fields)
        if self._faults.take(DUPLICATING, to=message.recipient, body=message.body):
            self._queue(message, fields)
        if held := self._held.pop(message.sid, None):
            self._queue(message, held)

    async def report_now(self, message: Message) -> Answer:
        """Make the call at once and give back what the app answered."""
        if not message.status_callback:
            return Answer()
        return await self._call(message, _status_fields(message))

    def _queue(self, message: Message, fields: dict[str, str]) -> None:
        if message.sid in self._pending:
            self._pending[message.sid].append(fields)
            return
        self._pending[message.sid] = deque([fields])
        self._ready.append(message)
        if self._callers < _MOST_CALLS_AT_ONCE:
            self._callers += 1
            self._spawn(self._work())

    async def _work(self) -> None:
        try:
            while self._ready:
                message = self._ready.popleft()
                pending = self._pending[message.sid]
                while pending:
                    await self._call(message, pending.popleft())
                del self._pending[message.sid]
        finally:
            self._callers -= 1

    async def _call(self, message: Message, fields: dict[str, str]) -> Answer:
        account = self._accounts.get(message.account_sid)
        if account is None:
            return Answer()
        return await self._webhooks.call(
            message.status_callback, fields, auth_token=account.auth_token, message=message, kind="status"
        )


class Delivery:
    """Moves every outgoing text along as the candidate's phone has it; times in seconds after acceptance."""

    def __init__(
        self,
        phones: Phones,
        callbacks: StatusCallbacks,
        faults: Faults,
        feed: Feed,
        *,
        sent_after: float,
        delivered_after: float,
    ) -> None:
        self._phones = phones
        self._callbacks = callbacks
        self._faults = faults
        self._feed = feed
        self._sent_after = sent_after
        self._rest_after = max(0.0, delivered_after - sent_after)
        self._is_stopped = False

    def begin(self, message: Message) -> None:
        """Let time run for a text that was just accepted. As with Twilio its first status is not reported."""
        hiding = self._faults.take(HIDING, to=message.recipient, body=message.body)
        if hiding:
            message.hidden_until = time.monotonic() + hiding.seconds
        asyncio.get_running_loop().call_later(self._sent_after, self._send, message)

    def force(self, message: Message, status: Status, error_code: int | None) -> None:
        """Set any status, also an earlier one; from now on the phone's behaviour no longer counts."""
        message.is_forced = True
        message.is_on_phone = message.is_on_phone or status is Status.SENT
        self._move(message, status, error_code)

    def lose(self, message: Message, error_code: int) -> None:
        """A text that Twilio took and then could not send."""
        self._finish(message, Status.FAILED, error_code)

    def stop(self) -> None:
        """Nothing moves any more."""
        self._is_stopped = True

    def _send(self, message: Message) -> None:
        status, error_code = self._phones.behaviour_of(message.recipient).outcome
        if not self._may_move(message) or status is Status.QUEUED:
            return
        message.is_on_phone = status is Status.SENT
        self._move(message, Status.SENT, None)
        self._callbacks.report(message)
        if status is not Status.SENT:
            asyncio.get_running_loop().call_later(self._rest_after, self._finish, message, status, error_code)

    def _finish(self, message: Message, status: Status, error_code: int | None) -> None:
        if not self._may_move(message):
            return
        self._move(message, status, error_code)
        self._callbacks.report(message)

    def _may_move(self, message: Message) -> bool:
        return not (self._is_stopped or message.is_forced or message.is_deleted or message.status is Status.CANCELED)

    def _move(self, message: Message, status: Status, error_code: int | None) -> None:
        message.status = status
        message.error_code = error_code
        message.updated_at = datetime.now(UTC)
        message.is_on_phone = message.is_on_phone or status in (Status.DELIVERED, Status.READ)
        if message.sent_at is None and not status.is_waiting and status is not Status.CANCELED:
            message.sent_at = message.updated_at
        self._feed.changed()


def _status_fields(message: Message) -> dict[str, str]:
    """https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks"""
    fields = {
        "SmsSid": message.sid,
        "SmsStatus": message.status.value,
        "MessageStatus": message.status.value,
        "To": message.recipient,
        "MessageSid": message.sid,
        "AccountSid": message.account_sid,
        "From": message.sender,
        "ApiVersion": API_VERSION,
    }
    if message.error_code is not None:
        fields["ErrorCode"] = str(message.error_code)
    if message.status in (Status.DELIVERED, Status.UNDELIVERED):
        fields["RawDlrDoneDate"] = message.updated_at.strftime("%y%m%d%H%M")
    return fields
