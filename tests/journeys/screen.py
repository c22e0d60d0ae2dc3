"""An open tab: a page that was loaded once, and from then on what the socket brought to it.

It keeps the rules of static/js/20-frames.js: a frame is shown when it begins where the pane stands, passed over when
the pane is further already, and a gap is never forgiven.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.journeys.elements import Element, parse

FULL_THREAD = 40
"""So many messages a thread begins with."""


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    id: str
    key: str
    name: str
    text: str
    unread: int
    flags: str


@dataclass(frozen=True)
class Bubble:
    """A message of the thread; `state` is its look, `state_words` and `failure` what stands under it."""

    id: str
    at: str
    direction: str
    state: str
    text: str
    state_words: str
    failure: str


@dataclass
class Panes:
    """What a person sees of the list and the thread."""

    rows: dict[str, Row] = field(default_factory=dict)
    bubbles: dict[str, Bubble] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    handling: str = ""

    def take(self, root: Element) -> None:
        """Show what a page or a frame brings: by id, in place of what stood there."""
        for line in root.all("conv"):
            self.rows[line.id.removeprefix("conv-")] = _row(line)
        for bubble in root.all("msg"):
            self.bubbles[bubble.id.removeprefix("msg-")] = _bubble(bubble)
        for event in root.all("event"):
            self.events[event.id.removeprefix("event-")] = event.words
        if (now := root.by_id("handling-now")) is not None:
            self.handling = now.words
        for line in root:
            if "data-gone" in line.attributes:
                self.rows.pop(line.id.removeprefix("conv-"), None)

    @property
    def listed(self) -> list[Row]:
        """The rows in their order: newest first."""
        return sorted(self.rows.values(), key=lambda row: row.key, reverse=True)

    def newest(self, shown: int) -> dict[str, Bubble]:
        """The bubbles that a page shows which shows so many: a full one leaves the earlier ones out."""
        if shown < FULL_THREAD:
            return self.bubbles
        ordered = sorted(self.bubbles.values(), key=lambda bubble: (bubble.at, bubble.id))
        return {bubble.id: bubble for bubble in ordered[-shown:]}

    @property
    def texts(self) -> list[str]:
        """The words of the thread, each where its time belongs."""
        ordered = sorted(self.bubbles.values(), key=lambda bubble: bubble.at)
        return [bubble.text for bubble in ordered if bubble.state != "act"]


class Screen:
    """A browser's tab on `path`, loaded with `client` and connected from there as a page at `origin`."""

    def __init__(self, client: httpx2.Client, path: str, *, origin: str) -> None:
        self.panes = Panes()
        self.counts: dict[str, str] = {}
        self.composer = ""
        self.frames: list[tuple[str, str]] = []
        self.signals: list[dict[str, Any]] = []
        self.cursors: dict[str, str] = {}
        self._client = client
        self._origin = origin
        self._path = path
        self._line = ExitStack()
        self._socket: ClientConnection | None = None
        self.load()
        self.connect()

    @property
    def rows(self) -> dict[str, Row]:
        return self.panes.rows

    @property
    def bubbles(self) -> dict[str, Bubble]:
        return self.panes.bubbles

    def load(self) -> None:
        """What the page holds before any frame, and how far it goes."""
        root = page(self._client, self._path)
        self.panes = Panes()
        self.panes.take(root)
        self._take_counts(root)
        for slot, holder in (("list", root.by_id("conv-list")), ("thread", root.by_id("thread"))):
            cursor = holder.attributes.get("data-cursor") if holder else None
            if cursor:
                self.cursors[slot] = cursor
        self.cursors["counts"] = self.cursors["list"]

    def connect(self, *, web: str | None = None) -> None:
        """Open the socket from where the panes stand, at the page's own web process or at another one."""
        parts = urlsplit(self._path)
        asked = dict(pair.split("=", 1) for pair in parts.query.split("&") if pair) | self.cursors
        if "/c/" in parts.path:
            asked["c"] = parts.path.rpartition("/")[2]
        line = socket(self._client, f"/live?{urlencode(asked)}", origin=self._origin, web=web)
        self._socket = self._line.enter_context(line)

    def disconnect(self) -> None:
        """The line breaks; the page stays."""
        self._line.close()
        self._socket = None

    close = disconnect

    def until(self, happens: Callable[["Screen"], object], *, seconds: float = 20.0) -> None:
        """Take frames until the screen shows it; fails after so many seconds."""
        deadline = time.monotonic() + seconds
        while not happens(self):
            try:
                self._take(self._receive(deadline - time.monotonic()))
            except TimeoutError:
                raise AssertionError(f"the screen never showed it: {self}") from None

    def follow(self, *, seconds: float) -> None:
        """Take whatever comes within so many seconds."""
        deadline = time.monotonic() + seconds
        with suppress(TimeoutError):
            while True:
                self._take(self._receive(deadline - time.monotonic()))

    def close_code(self, *, seconds: float = 20.0) -> int | None:
        """The code the server ends the socket with; fails when it does not within so many seconds."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self._take(self._receive(deadline - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def fresh(self) -> "Panes":
        """What somebody sees who opens the page now."""
        panes = Panes()
        panes.take(page(self._client, self._path))
        return panes

    def shows_what_a_fresh_page_shows(self) -> bool:
        """Whether the frames have led to the page that one would be given now."""
        fresh = self.fresh()
        return (
            self.panes.listed[: len(fresh.rows)] == fresh.listed
            and self.panes.newest(len(fresh.bubbles)) == fresh.bubbles
            and self.panes.events == fresh.events
            and self.panes.handling == fresh.handling
        )

    def slots(self, slot: str) -> list[str]:
        """The frames that came for one slot."""
        return [text for name, text in self.frames if name == slot]

    def __repr__(self) -> str:
        shown = [*self.panes.listed[:3], *self.bubbles.values(), *self.panes.events.values()]
        lines = [self._path, *shown, self.counts, self.composer, self.cursors, self.signals]
        return "\n".join(str(line) for line in lines)

    def _receive(self, seconds: float) -> str:
        assert self._socket is not None
        text = self._socket.recv(timeout=max(0.0, seconds))
        assert isinstance(text, str)
        return text

    def _take(self, text: str) -> None:
        if text.startswith("{"):
            signal = json.loads(text)
            # The server's first words tell who it is, not how far it has come.
            if signal["t"] != "hello":
                self.signals.append(signal)
            return
        root = parse(text)
        head = next(iter(root))
        slot = head.id.removesuffix("-cursor")
        self.frames.append((slot, text))
        if not self._is_next(slot, head.attributes):
            return
        self.cursors[slot] = head.attributes["data-upto"]
        if slot == "counts":
            self._take_counts(root)
            return
        self.panes.take(root)
        if slot == "thread":
            state = root.by_id("composer-state")
            assert state is not None
            self.composer = state.attributes["data-state"]

    def _is_next(self, slot: str, marks: Mapping[str, str]) -> bool:
        epoch, _, at = self.cursors[slot].rpartition("-")
        from_epoch, _, before = marks["data-before"].rpartition("-")
        _, _, upto = marks["data-upto"].rpartition("-")
        assert from_epoch == epoch, f"a frame of another life of the log: {marks}"
        if int(upto) <= int(at):
            return False
        assert slot == "counts" or int(before) <= int(at), f"a gap: the pane stands at {at}, the frame is {marks}"
        return True

    def _take_counts(self, root: Element) -> None:
        for tab in ("mine", "shared"):
            if (shown := root.by_id(f"count-{tab}")) is not None:
                self.counts[tab] = shown.words


class PageMissing(AssertionError):
    """A page that has to be there is not."""


def page(client: httpx2.Client, path: str) -> Element:
    """A page that has to be there."""
    answer = client.get(path)
    if answer.status_code != 200:
        raise PageMissing(f"{path}: {answer.status_code} {answer.text[:500]}")
    return parse(answer.text)


def socket(client: httpx2.Client, target: str, *, origin: str | None, web: str | None = None) -> connect:
    """A websocket, opened by `with`, that carries the client's cookies, as a page at `origin` would open it."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return connect(
        (web or str(client.base_url)).replace("http://", "ws://").rstrip("/") + target,
        origin=origin,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookies} if cookies else None,
        proxy=None,
        open_timeout=10,
        close_timeout=2,
    )


def _row(line: Element) -> Row:
    name, text, flags = line.first("conv__name"), line.first("conv__text"), line.first("conv__flags")
    unread = line.first("conv__unread")
    assert name is not None
    assert text is not None
    return Row(
        id=line.id.removeprefix("conv-"),
        key=line.attributes["data-key"],
        name=name.words,
        text=text.words,
        unread=int(unread.words.rstrip("+")) if unread else 0,  # from a hundred on "99+"
        flags=flags.words if flags else "",
    )


def _bubble(bubble: Element) -> Bubble:
    # What colleagues did stands there without a bubble.
    text = next((element for element in bubble if "data-text" in element.attributes), bubble)
    state = next((element for element in bubble if "data-state" in element.attributes), None)
    failure = bubble.first("msg__failure")
    look = next(name for name in bubble.attributes["class"].split() if name not in {"msg", "msg--in", "msg--out"})
    return Bubble(
        id=bubble.id.removeprefix("msg-"),
        at=bubble.attributes["data-at"],
        direction=bubble.attributes["data-dir"],
        state=look.removeprefix("msg--"),
        text=text.raw,
        state_words=state.words if state else "",
        failure=failure.words if failure else "",
    )
