"""What a socket watches beside a list: an open thread, and the numbers of one user."""

from dataclasses import dataclass

from inbox.languages.readers import ENGLISH, Reader


@dataclass(frozen=True, slots=True)
class ThreadTopic:
    """Everybody who has this conversation open and reads alike: language, zone, dates."""

    conversation_id: str
    reader: Reader = ENGLISH
    only_of: str | None = None
    """The reader who sees it only as long as it is theirs; None for those who see everything."""


@dataclass(frozen=True, slots=True)
class CountsTopic:
    """The tab counts and the notifications of one user."""

    user_id: str
    reader: Reader = ENGLISH
    own_only: bool = False
    """Whether the user sees only their own conversations."""

    def is_news(self, assignee_id: str | None) -> bool:
        """Whether a new text in a conversation of this assignee is for this user."""
        return assignee_id == self.user_id or (assignee_id is None and not self.own_only)
