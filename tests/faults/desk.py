"""Conversations, and who has them: two people who act on what they saw last."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field

from inbox.accounts.users import User
from inbox.errors import Changed
from inbox.messaging import conversations, handling
from tests.messaging.scene import Scene


@dataclass
class Desk:
    """`holders` is what was acknowledged; a conversation that nobody ever had is not in it."""

    scene: Scene
    holders: dict[str, str | None] = field(default_factory=dict)
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)

    async def look(self, who: User, conversation: str) -> None:
        """This person sees how the conversation stands now."""
        self._seen[who.id, conversation] = (await conversations.find(self.scene.tenant, conversation)).version

    async def take(self, who: User, conversation: str) -> None:
        """It goes to whoever is first; the other one is told."""
        holder = self.holders.get(conversation)
        taken = await _done(handling.claim(self.scene.tenant, who, conversation))
        assert taken == (True if holder is None else False if holder == who.id else None), "taken from somebody"
        self.holders[conversation] = holder or who.id

    async def take_at_once(self, conversation: str) -> None:
        """Both press in the same moment."""
        both, holder = (self.scene.jo, self.scene.ana), self.holders.get(conversation)
        taken = await asyncio.gather(*(_done(handling.claim(self.scene.tenant, who, conversation)) for who in both))
        assert taken.count(True) == (holder is None), "one, and one alone, gets what is free"
        self.holders[conversation] = holder or both[taken.index(True)].id

    async def give(self, who: User, conversation: str, to: User | None) -> None:
        """By what this person saw last; on what has changed since, nothing is done."""
        before, wanted = await conversations.find(self.scene.tenant, conversation), to.id if to else None
        version = self._seen.get((who.id, conversation), before.version)
        given = await _done(handling.assign(self.scene.tenant, who, conversation, wanted, version=version))
        is_so = before.assignee_id == wanted
        assert given == (False if is_so else True if version == before.version else None), "given unseen"
        if given:
            self.holders[conversation] = wanted
            await self.look(who, conversation)

    def replied(self, who: User, conversation: str) -> None:
        """Who answers what nobody has takes it over."""
        if self.holders.get(conversation) is None:
            self.holders[conversation] = who.id

    async def check(self) -> None:
        """Every conversation is with whom it was acknowledged to."""
        found = await conversations.by_ids(self.scene.tenant, self.holders.keys())
        assert {id: one.assignee_id for id, one in found.items()} == self.holders


async def _done(act: Awaitable[bool]) -> bool | None:
    """True when it was done, False when it was so already, None when somebody else was first."""
    try:
        return await act
    except Changed:
        return None
