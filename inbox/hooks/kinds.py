"""What other systems can be told of."""

from collections.abc import Iterable
from enum import StrEnum

from inbox.languages import _


class Kind(StrEnum):
    """A kind of event, as it is called in what is sent."""

    MESSAGE_RECEIVED = "message.received"
    MESSAGE_STATUS = "message.status"
    ASSIGNED = "conversation.assigned"
    OPT_OUT = "opt_out"
    WORKFLOW = "workflow.step"
    """Sent by a workflow that says so, to the endpoint that it names."""
    TEST = "test"
    """Sent when somebody asks for it, to any endpoint."""

    @property
    def words(self) -> str:
        """As people read it."""
        return _WORDS[self]


_WORDS = {
    Kind.MESSAGE_RECEIVED: _("A candidate texted"),
    Kind.MESSAGE_STATUS: _("A text was queued, sent, delivered or has failed"),
    Kind.ASSIGNED: _("A conversation was given to somebody, or to nobody"),
    Kind.OPT_OUT: _("Somebody opted out, or allows texts again"),
    Kind.WORKFLOW: _("A workflow came to a step that tells of it"),
    Kind.TEST: _("A test"),
}

OFFERED = (Kind.MESSAGE_RECEIVED, Kind.MESSAGE_STATUS, Kind.ASSIGNED, Kind.OPT_OUT)
"""Those that an endpoint can ask for."""


def read(words: Iterable[str]) -> frozenset[Kind]:
    """The kinds that are named; a name that is none is left out."""
    named = set(words)
    return frozenset(kind for kind in OFFERED if kind.value in named)
