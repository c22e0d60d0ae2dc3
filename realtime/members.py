"""Who watches what: a socket in the hub, and its slots."""

from collections.abc import Collection

from realtime.cursor import Cursor
from realtime.frames import Frame
from realtime.source import Topic
from realtime.wire import Socket


class Member:
    """A socket in the hub: its channel, its slots by name, and the keys it can be dismissed by.

    `watches` counts how often it has replaced its slots.
    """

    __slots__ = ("beat_group", "channel", "keys", "slots", "socket", "watches")

    def __init__(self, socket: Socket, channel: str, keys: Collection[str], beat_group: int) -> None:
        self.socket = socket
        self.channel = channel
        self.keys = tuple(keys)
        self.slots: dict[str, Slot] = {}
        self.beat_group = beat_group
        self.watches = 0

    @property
    def is_live(self) -> bool:
        """Whether no slot is still to be caught up."""
        return all(slot.live for slot in self.slots.values())


class Slot:
    """One topic that a socket watches, under the name the client gave it."""

    __slots__ = ("failures", "left", "live", "member", "name", "not_before", "since", "topic")

    def __init__(self, member: Member, name: str, topic: Topic, since: Cursor | None) -> None:
        self.member = member
        self.name = name
        self.topic = topic
        self.since = since
        self.live = False
        self.left = False
        self.failures = 0
        self.not_before = 0.0
        """Monotonic time of the next try, after a failure."""

    def push(self, frame: Frame) -> None:
        self.member.socket.push(frame)
