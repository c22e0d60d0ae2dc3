"""Who is where, and who is writing: said by browsers again and again, in every process, and forgotten when they stop.

A person is at a place as long as one of their tabs says so. A tab that closes is let go at once; one that dies
without a word, or whose process does, after `HERE_SECONDS`. Nothing of it is stored.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from realtime.frames import Frame, presence
from realtime.hub import Hub, Topic
from realtime.wire import Socket

HERE_SECONDS = 25.0
"""Two of the browser's words and a little."""
WRITING_SECONDS = 6.0
SWEEP_SECONDS = 1.0
MOST_TOLD_ALL = 300
"""Sockets of a channel in a process up to which all are told who comes and goes; beyond, those at the place are."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who looks at pages."""

    id: str
    name: str


@dataclass(slots=True)
class _Tab:
    person: Person
    here_until: float
    writing_until: float


class Presence:
    """One for a process, over its hub. `is_at` says whether a topic is shown at a place, `is_around` whether it is
    one by which who is not there is told of the places of a part of the channel."""

    def __init__(
        self, hub: Hub, *, is_at: Callable[[Topic, str], bool], is_around: Callable[[Topic, str], bool]
    ) -> None:
        self._hub = hub
        self._is_at = is_at
        self._is_around = is_around
        self._tabs: dict[tuple[str, str], dict[str, _Tab]] = {}
        self._shown: dict[tuple[str, str], tuple[tuple[Person, bool], ...]] = {}
        self._parts: dict[tuple[str, str], str] = {}
        hub.passing.on_words(self._heard)

    def seat(self, channel: str, person: Person) -> "Seat":
        """The place of a new socket, which is nowhere yet."""
        return Seat(self, channel, person)

    def tell(self, channel: str, place: str, person: Person, tab: str, *, part: str, doing: str) -> None:
        """A tab of this person is "here" at a place, is "writing" there, or is "gone". Returns at once."""
        words = {"presence": doing, "channel": channel, "place": place, "part": part, "tab": tab}
        self._hub.passing.say({**words, "id": person.id, "name": person.name})

    def show_all(self, channel: str, part: str, socket: Socket) -> None:
        """Push to a newcomer who is where in a part of the channel, unless there are too many to be told."""
        if self._is_crowd(channel):
            return
        for at in self._shown:
            if at[0] == channel and self._parts[at] == part:
                socket.push(self._signal(at))

    def show_place(self, channel: str, place: str, socket: Socket) -> None:
        """Push to a newcomer who is at a place."""
        socket.push(self._signal((channel, place)))

    async def keep(self) -> None:
        """Forget who says nothing any more, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            for at in list(self._tabs):
                self._sweep(at)

    def _heard(self, words: Mapping[str, Any]) -> None:
        facts = [words.get(name) for name in ("presence", "channel", "place", "part", "id", "name", "tab")]
        if not all(isinstance(fact, str) for fact in facts):
            return
        doing, channel, place, part, identity, name, tab = map(str, facts)
        # What nobody here would be told of need not be known; whoever comes hears it with the next words.
        if channel not in self._hub.tails:
            self._tabs.pop((channel, place), None)
            self._shown.pop((channel, place), None)
            self._parts.pop((channel, place), None)
            return
        at, now = (channel, place), time.monotonic()
        self._parts[at] = part
        tabs = self._tabs.setdefault(at, {})
        if doing == "gone":
            tabs.pop(tab, None)
        else:
            writing_until = now + WRITING_SECONDS if doing == "writing" else 0.0
            tabs[tab] = _Tab(Person(identity, name), now + HERE_SECONDS, writing_until)
        self._sweep(at)

    def _sweep(self, at: tuple[str, str]) -> None:
        """Tell what is new at a place."""
        now = time.monotonic()
        tabs = {key: tab for key, tab in self._tabs.get(at, {}).items() if tab.here_until > now}
        writing = {tab.person for tab in tabs.values() if tab.writing_until > now}
        people = sorted({tab.person for tab in tabs.values()}, key=lambda person: (person.name, person.id))
        stands = tuple((person, person in writing) for person in people)
        before = self._shown.get(at, ())
        if tabs:
            self._tabs[at] = tabs
            self._shown[at] = stands
        else:
            self._tabs.pop(at, None)
            self._shown.pop(at, None)
        if stands != before:
            self._show(at, all_of_them=[person for person, _ in before] != [person for person, _ in stands])
        if not tabs:
            self._parts.pop(at, None)

    def _show(self, at: tuple[str, str], *, all_of_them: bool) -> None:
        """Who writes concerns those at the place; who comes and goes also those who see it in a list."""
        channel, place = at
        tail = self._hub.tails.get(channel)
        if tail is None:
            return
        if all_of_them and not self._is_crowd(channel):
            part = self._parts[at]
            tail.show(self._signal(at), lambda topic: self._is_around(topic, part) or self._is_at(topic, place))
        else:
            tail.show(self._signal(at), lambda topic: self._is_at(topic, place))

    def _is_crowd(self, channel: str) -> bool:
        tail = self._hub.tails.get(channel)
        return tail is not None and tail.members > MOST_TOLD_ALL

    def _signal(self, at: tuple[str, str]) -> Frame:
        stands = self._shown.get(at, ())
        return presence(
            at[1], [{"id": person.id, "name": person.name, "writing": is_writing} for person, is_writing in stands]
        )


class Seat:
    """Where one socket is. It is there from its first `here` until it moves, leaves or says nothing any more."""

    __slots__ = ("_channel", "_is_here", "_part", "_person", "_place", "_presence", "_tab")

    def __init__(self, presence: Presence, channel: str, person: Person) -> None:
        self._presence = presence
        self._channel = channel
        self._person = person
        self._tab = str(uuid4())
        self._place: str | None = None
        self._part = ""
        self._is_here = False

    def move(self, place: str | None, part: str = "") -> None:
        """The socket shows another place, in this part of the channel, or none."""
        if place != self._place:
            self.leave()
            self._place, self._part = place, part

    def here(self, *, writing: bool) -> None:
        """Somebody looks at the place, or writes there."""
        if self._place is not None:
            self._is_here = True
            self._tell("writing" if writing else "here")

    def leave(self) -> None:
        """Nobody looks any more; a second time does nothing."""
        if self._is_here and self._place is not None:
            self._tell("gone")
        self._is_here = False

    def look_round(self, socket: Socket, *, part: str | None = None) -> None:
        """Tell the socket who is where it is, and who is where in a part of the channel."""
        if part is not None:
            self._presence.show_all(self._channel, part, socket)
        if self._place is not None:
            self._presence.show_place(self._channel, self._place, socket)

    def _tell(self, doing: str) -> None:
        if self._place is not None:
            self._presence.tell(self._channel, self._place, self._person, self._tab, part=self._part, doing=doing)
