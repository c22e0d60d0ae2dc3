"""Roles and what each may do: one table, asked by every page."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from inbox.languages import _


class Role(StrEnum):
    """What somebody is in an organisation; it holds across all of its companies."""

    ORGANISATION_ADMIN = "organisation_admin"
    COMPANY_ADMIN = "company_admin"
    RECRUITER = "recruiter"
    REPORTER = "reporter"
    GUEST = "guest"

    @property
    def words(self) -> str:
        """As people read it: "Organisation Admin"."""
        return _WORDS[self]


_WORDS: Mapping[Role, str] = {
    Role.ORGANISATION_ADMIN: _("Organisation Admin"),
    Role.COMPANY_ADMIN: _("Company Admin"),
    Role.RECRUITER: _("Recruiter"),
    Role.REPORTER: _("Reporter"),
    Role.GUEST: _("Guest"),
}


class Act(StrEnum):
    """A kind of thing that can be done; every page names the one it needs."""

    THREAD = "thread"
    READ = "read"
    REPLY = "reply"
    ASSIGN = "assign"
    SEND_CAMPAIGNS = "send_campaigns"
    MANAGE_CANDIDATES = "manage_candidates"
    EXPORT = "export"
    SETTINGS = "settings"
    BILLING = "billing"
    USERS = "users"
    MAILS = "mails"
    ERASE = "erase"
    COMPANIES = "companies"
    DOCUMENTS = "documents"
    WEBHOOKS = "webhooks"
    EMBEDS = "embeds"
    HISTORY = "history"
    SIGN_IN = "sign_in"


OWN_ONLY: frozenset[Role] = frozenset({Role.RECRUITER, Role.REPORTER, Role.GUEST})
"""Whom an admin may show only the conversations that were given to them; admins see all, as they give them."""

OF_ALL: frozenset[Act] = frozenset({Act.SEND_CAMPAIGNS})
"""What reaches candidates whose conversations others have: nobody does it who sees only their own."""

_OF_ORGANISATION = {
    Act.BILLING,
    Act.MAILS,
    Act.COMPANIES,
    Act.DOCUMENTS,
    Act.WEBHOOKS,
    Act.EMBEDS,
    Act.HISTORY,
    Act.SIGN_IN,
}
# Reading alone never includes exporting: a list on paper leaves the house, a page does not.
ALLOWED: Mapping[Role, frozenset[Act]] = MappingProxyType(
    {
        Role.ORGANISATION_ADMIN: frozenset(Act),
        Role.COMPANY_ADMIN: frozenset(Act) - _OF_ORGANISATION,
        Role.RECRUITER: frozenset(
            {Act.THREAD, Act.READ, Act.REPLY, Act.ASSIGN, Act.SEND_CAMPAIGNS, Act.MANAGE_CANDIDATES}
        ),
        Role.REPORTER: frozenset({Act.THREAD, Act.READ, Act.EXPORT}),
        Role.GUEST: frozenset({Act.THREAD, Act.READ}),
    }
)
