"""What a program may do in somebody's name: scopes, each within what the person's own role includes."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.languages import _


class Scope(StrEnum):
    """A kind of thing that a token is good for."""

    CANDIDATES_READ = "candidates:read"
    CANDIDATES_WRITE = "candidates:write"
    CONVERSATIONS_READ = "conversations:read"
    MESSAGES_SEND = "messages:send"
    TEMPLATES_READ = "message-templates:read"
    TEMPLATES_WRITE = "message-templates:write"
    WORKFLOWS_TRIGGER = "workflows:trigger"
    OPT_OUTS_READ = "opt-outs:read"
    OPT_OUTS_WRITE = "opt-outs:write"
    CAMPAIGNS_READ = "campaigns:read"
    CAMPAIGNS_WRITE = "campaigns:write"
    CAMPAIGNS_SEND = "campaigns:send"
    REPORTS_READ = "reports:read"
    SCIM = "scim"

    @property
    def words(self) -> str:
        """As people read it."""
        return _WORDS[self]


_WORDS = {
    Scope.CANDIDATES_READ: _("Find candidates and read what is known of them"),
    Scope.CANDIDATES_WRITE: _("Add candidates and change them"),
    Scope.CONVERSATIONS_READ: _("Read conversations and their messages"),
    Scope.MESSAGES_SEND: _("Send texts"),
    Scope.TEMPLATES_READ: _("Read message templates, also filled in"),
    Scope.TEMPLATES_WRITE: _("Add message templates, change them and take them out of use"),
    Scope.WORKFLOWS_TRIGGER: _("Say what happened to candidates, so that workflows begin"),
    Scope.OPT_OUTS_READ: _("Read who has opted out"),
    Scope.OPT_OUTS_WRITE: _("Write down opt-outs, and clear presumed ones"),
    Scope.CAMPAIGNS_READ: _("Read campaigns and their figures"),
    Scope.CAMPAIGNS_WRITE: _("Write campaigns and change those that were not sent"),
    Scope.CAMPAIGNS_SEND: _("Send campaigns that are ready, pause them and let them go on"),
    Scope.REPORTS_READ: _("Read the figures of Reports, Chat"),
    Scope.SCIM: _("Add people to the team, change them and shut them out (SCIM)"),
}

ACTS: Mapping[Scope, Act] = MappingProxyType(
    {
        Scope.CANDIDATES_READ: Act.READ,
        Scope.CANDIDATES_WRITE: Act.MANAGE_CANDIDATES,
        Scope.CONVERSATIONS_READ: Act.READ,
        Scope.MESSAGES_SEND: Act.REPLY,
        Scope.TEMPLATES_READ: Act.REPLY,
        Scope.TEMPLATES_WRITE: Act.REPLY,
        Scope.WORKFLOWS_TRIGGER: Act.SEND_CAMPAIGNS,
        Scope.OPT_OUTS_READ: Act.READ,
        Scope.OPT_OUTS_WRITE: Act.REPLY,
        Scope.CAMPAIGNS_READ: Act.READ,
        Scope.CAMPAIGNS_WRITE: Act.SEND_CAMPAIGNS,
        Scope.CAMPAIGNS_SEND: Act.SEND_CAMPAIGNS,
        Scope.REPORTS_READ: Act.READ,
        Scope.SCIM: Act.SIGN_IN,
    }
)
"""What a role has to include for each."""

COMPANION = frozenset(
    {
        Scope.CANDIDATES_READ,
        Scope.CANDIDATES_WRITE,
        Scope.CONVERSATIONS_READ,
        Scope.MESSAGES_SEND,
        Scope.TEMPLATES_READ,
    }
)
"""What Sourcing Companion asks for: no more than it does."""


def open_to(user: User, wanted: Iterable[Scope]) -> list[Scope]:
    """Those of the wanted ones that the user's role includes, in their order."""
    asked = set(wanted)
    return [scope for scope in Scope if scope in asked and user.may(ACTS[scope])]


def read(text: str) -> frozenset[Scope]:
    """The scopes of a row; a name that is none any more is left out."""
    return frozenset(scope for scope in Scope if scope.value in text.split())
