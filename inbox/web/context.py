"""What is known of a candidate beside the thread: facts, tags, lists, what was sent lately, the newest notes."""

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.candidates import consents, labels, links, people
from inbox.candidates.consents import Consent
from inbox.candidates.labels import Label
from inbox.candidates.people import Candidate
from inbox.messaging import lately, notes
from inbox.messaging.notes import Note
from inbox.storage.database import Tenant

NOTES = 3


@dataclass(frozen=True, slots=True)
class Context:
    """A candidate with everything that the panel shows."""

    candidate: Candidate
    labels: Sequence[Label]
    links: Sequence[str]
    """Pages about the candidate elsewhere, without their scheme."""
    sent: Sequence[str]
    """What was sent in the last days: "2 from Jo", "1 workflow"."""
    notes: Sequence[Note]
    """The newest first."""
    consent: Consent | None
    """What holds of the number; None when nothing is known."""

    def of_kind(self, kind: str) -> list[Label]:
        """The candidate's tags, or lists."""
        return [label for label in self.labels if label.kind == kind]


async def of(tenant: Tenant, candidate_id: str) -> Context:
    """The context of the candidate `candidate_id`; raises NotFound."""
    candidate = await people.find(tenant, candidate_id)
    known = await consents.of_candidate(tenant, candidate_id)
    return Context(
        candidate=candidate,
        consent=next((one for one in known if one.number == candidate.number), None),
        labels=await labels.of_candidate(tenant, candidate_id),
        links=(await links.of(tenant, [candidate_id])).get(candidate_id, ()),
        sent=await lately.sent(tenant, candidate_id),
        notes=await notes.newest(tenant, candidate_id, most=NOTES),
    )
