"""People who text us, each for one test only."""

from dataclasses import dataclass

from tests.journeys.installation import JO, Installation
from tests.journeys.waiting import until


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who has texted, and the conversation that began."""

    number: str
    conversation: str

    @property
    def page(self) -> str:
        """The inbox with this conversation open."""
        return f"/inbox/c/{self.conversation}?tab=shared"


def newcomer(installation: Installation, body: str = "Hello", *, behaviour: str = "delivers") -> Candidate:
    """Somebody who texts for the first time; nobody has answered."""
    number = installation.candidate()
    installation.text_in(number, body)
    if behaviour != "delivers":
        installation.behave(number, behaviour)
    return Candidate(number, installation.conversation(number))


def answered(installation: Installation, who: str = JO) -> Candidate:
    """Somebody whom this user has answered, and who has the answer."""
    candidate = newcomer(installation)
    answer = installation.reply(installation.sign_in(who), candidate.conversation, "Hi, how can I help?")
    assert answer.status_code == 200, answer.text
    until(lambda: [text["status"] for text in installation.sent_to(candidate.number)] == ["delivered"])
    return candidate


def in_doubt(installation: Installation, body: str) -> Candidate:
    """Somebody to whom two equal texts went, and Twilio's answers and reports got lost: it cannot tell them apart."""
    candidate = newcomer(installation)
    installation.fault("reset_after_accept", candidate.number, times=2)
    installation.fault("drop_callbacks", candidate.number, times=4)
    for _ in range(2):
        answer = installation.reply(installation.sign_in(JO), candidate.conversation, body)
        assert answer.status_code == 200, answer.text
    return candidate
