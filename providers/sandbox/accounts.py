"""The accounts of the sandbox and the company numbers they own."""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

PRICE_PER_SEGMENT = 0.0515
"""In US dollars; what Twilio lists for a text to an Australian mobile, so that a balance moves believably."""

_OPENING_BALANCE = 1_000.0


@dataclass(frozen=True, slots=True)
class SandboxNumber:
    """A company number: E.164, what people call it, and where its incoming texts are reported."""

    number: str
    label: str
    message_webhook: str


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """What is needed to open an account: `account_sid` is AC and 32 hex digits."""

    account_sid: str
    auth_token: str
    numbers: tuple[SandboxNumber, ...] = ()


@dataclass(slots=True)
class OwnedNumber:
    """A company number as the account keeps it; the webhook may be changed over the API."""

    account_sid: str
    number: str
    label: str
    sms_url: str
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def sid(self) -> str:
        """The same for the same number in every run, so notes and bookmarks stay true."""
        return "PN" + hashlib.sha256(f"{self.account_sid}/{self.number}".encode()).hexdigest()[:32]


@dataclass(slots=True)
class Account:
    """One open account."""

    sid: str
    auth_token: str
    numbers: dict[str, OwnedNumber] = field(default_factory=dict)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    segments_sent: int = 0

    @property
    def balance(self) -> float:
        """US dollars left."""
        return _OPENING_BALANCE - self.segments_sent * PRICE_PER_SEGMENT

    def accepts(self, auth_token: str) -> bool:
        return secrets.compare_digest(self.auth_token.encode(), auth_token.encode())

    def number_by_sid(self, sid: str) -> OwnedNumber | None:
        return next((number for number in self.numbers.values() if number.sid == sid), None)


class Accounts:
    """All open accounts; a number belongs to one of them."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Account] = {}
        self._owners: dict[str, Account] = {}

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_sid.values())

    def open(self, wanted: SandboxAccount) -> Account:
        """Open the account, or add numbers to it when it is open. ValueError when another owns a number."""
        account = self._by_sid.setdefault(wanted.account_sid, Account(wanted.account_sid, wanted.auth_token))
        account.auth_token = wanted.auth_token
        for wish in wanted.numbers:
            if self._owners.setdefault(wish.number, account) is not account:
                raise ValueError(f"{wish.number} belongs to another account of this sandbox.")
            account.numbers[wish.number] = OwnedNumber(account.sid, wish.number, wish.label, wish.message_webhook)
        return account

    def get(self, sid: str) -> Account | None:
        return self._by_sid.get(sid)

    def owner_of(self, number: str) -> Account | None:
        return self._owners.get(number)

    def number(self, number: str) -> OwnedNumber | None:
        owner = self._owners.get(number)
        return owner.numbers[number] if owner else None

    def numbers(self) -> list[OwnedNumber]:
        """Every company number of every account."""
        return [number for account in self for number in account.numbers.values()]
