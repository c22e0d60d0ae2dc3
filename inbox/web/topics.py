"""What a socket watches beside a list: an open thread, a campaign, and the numbers of one user."""

from dataclasses import dataclass

from inbox.languages.readers import ENGLISH, Reader


@dataclass(frozen=True, slots=True)
class ThreadTopic:
    """Everybody who has this conversation open and reads alike: language, zone, dates."""

    conversation_id: str
    reader: Reader = ENGLISH
    has_notes: bool = True
    """Whether the team's notes and what it plans are for these readers, who are no guests then."""
    company_id: str = ""
    """Whose pages tell who is here; "" where none does."""
    only_of: str | None = None
    """The reader who sees it only as long as it is theirs; None for those who see everything."""


@dataclass(frozen=True, slots=True)
class CountsTopic:
    """The tab counts in a company, with None in all, and the notifications of one user."""

    user_id: str
    company_id: str | None = None
    reader: Reader = ENGLISH
    own_only: bool = False
    """Whether the user sees only their own conversations."""

    def is_news(self, assignee_id: str | None, company_id: str) -> bool:
        """Whether a new text in a conversation of this assignee and company is for this user, on this page."""
        if self.company_id not in (None, company_id):
            return False
        return assignee_id == self.user_id or (assignee_id is None and not self.own_only)


@dataclass(frozen=True, slots=True)
class CampaignTopic:
    """Everybody who has the page of this campaign open; each fetches it with the rights that they have."""

    campaign_id: str
