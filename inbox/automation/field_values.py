"""What the merge fields of a text stand for: its candidate, its writer and their company."""

from inbox.accounts import companies
from inbox.accounts.companies import Company
from inbox.accounts.users import User
from inbox.candidates.people import Candidate
from inbox.messaging.conversations import Conversation
from inbox.storage.database import Tenant

OF_CANDIDATE = ("first_name", "name", "job", "stage", "city")
"""What nobody knows while several candidates have the number."""


async def values_for(
    tenant: Tenant, user: User, candidate: Candidate, conversation: Conversation
) -> dict[str, str | None]:
    """What the merge fields stand for in a text of the user's to this candidate."""
    values = values_of(candidate, user, await companies.find(tenant, conversation.company_id))
    return values | dict.fromkeys(OF_CANDIDATE) if conversation.undecided else values


def values_of(candidate: Candidate, sender: User, company: Company) -> dict[str, str | None]:
    """What the merge fields stand for in a text of the sender's to this candidate."""
    return {
        **of_candidate(candidate),
        "my_first_name": sender.first_name,
        "my_name": sender.name,
        "company": company.name,
    }


def of_candidate(candidate: Candidate) -> dict[str, str | None]:
    """What the fields about the candidate stand for."""
    named = not candidate.name.startswith("+")
    return {
        "first_name": candidate.first_name if named else None,
        "name": candidate.name if named else None,
        "job": candidate.job,
        "stage": candidate.stage,
        "city": candidate.city,
    }
