"""The candidates' phones: what each is called and what becomes of a text to it."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from providers.sandbox.message import Message, Status

_MOST_RECENT = 200


class Behaviour(StrEnum):
    """What becomes of a text to a phone."""

    DELIVERS = "delivers"
    LANDLINE = "landline"
    SWITCHED_OFF = "switched_off"
    BLOCKS = "blocks"
    FILTERED = "filtered"
    NO_RECEIPTS = "no_receipts"
    WAITS = "waits"

    @property
    def outcome(self) -> tuple[Status, int | None]:
        """The last status of a text to this phone, and Twilio's error code."""
        return _OUTCOMES[self]

    @property
    def words(self) -> str:
        return _WORDS[self]


_OUTCOMES: dict[Behaviour, tuple[Status, int | None]] = {
    Behaviour.DELIVERS: (Status.DELIVERED, None),
    Behaviour.LANDLINE: (Status.UNDELIVERED, 30006),
    Behaviour.SWITCHED_OFF: (Status.UNDELIVERED, 30003),
    Behaviour.BLOCKS: (Status.UNDELIVERED, 30004),
    Behaviour.FILTERED: (Status.UNDELIVERED, 30007),
    Behaviour.NO_RECEIPTS: (Status.SENT, None),
    Behaviour.WAITS: (Status.QUEUED, None),
}
_WORDS = {
    Behaviour.DELIVERS: "Texts arrive",
    Behaviour.LANDLINE: "It is a landline (30006)",
    Behaviour.SWITCHED_OFF: "It is switched off (30003)",
    Behaviour.BLOCKS: "It blocks the company (30004)",
    Behaviour.FILTERED: "The carrier filters the texts (30007)",
    Behaviour.NO_RECEIPTS: "Texts arrive, but no receipt comes back",
    Behaviour.WAITS: "Texts wait in the queue until you say more",
}

_FROM_THE_START = {
    "+61491570159": Behaviour.LANDLINE,
    "+61491570158": Behaviour.SWITCHED_OFF,
}
"""Two numbers fail from the start, so that a demo has a failure to look at; every other number delivers."""


@dataclass(frozen=True, slots=True)
class SandboxPhone:
    """A phone that is on the phones page from the start."""

    number: str
    label: str


@dataclass(slots=True)
class Phone:
    """One candidate's phone; `seen` is the seq of the newest text that was looked at on the page."""

    number: str
    label: str = ""
    behaviour: Behaviour = Behaviour.DELIVERS
    seen: int = 0


class Phones:
    """Phones that somebody named or changed, and the numbers that texted or were texted last."""

    def __init__(self, known: Iterable[SandboxPhone] = ()) -> None:
        self._phones: dict[str, Phone] = {}
        self._recent: OrderedDict[str, None] = OrderedDict()
        for phone in known:
            self.keep(phone.number, phone.label)

    def keep(self, number: str, label: str = "") -> Phone:
        """The phone of this number, on the page from now on."""
        phone = self._phones.setdefault(number, self.get(number))
        phone.label = label or phone.label
        return phone

    def get(self, number: str) -> Phone:
        """The phone of this number, kept or not."""
        return self._phones.get(number) or Phone(number, behaviour=self.behaviour_of(number))

    def behaviour_of(self, number: str) -> Behaviour:
        phone = self._phones.get(number)
        return phone.behaviour if phone else _FROM_THE_START.get(number, Behaviour.DELIVERS)

    def saw(self, number: str, seq: int) -> None:
        """Somebody looked at this phone when its newest text was `seq`."""
        self.keep(number).seen = seq

    def note(self, message: Message) -> None:
        """The candidate's number has news: to the top of the recent ones."""
        number = message.candidate
        self._recent[number] = None
        self._recent.move_to_end(number)
        if len(self._recent) > _MOST_RECENT:
            self._recent.popitem(last=False)

    def shown(self) -> list[Phone]:
        """Those with news first, newest news on top; then the other known ones as they were named."""
        numbers = [
            *reversed(self._recent),
            *(number for number in self._phones if number not in self._recent),
        ]
        return [self.get(number) for number in numbers]
