"""The conversations that the demo organisation starts with."""

from dataclasses import dataclass, field
from datetime import timedelta

from providers.contract import DeliveryStatus

JO, ANA = "jo@demo.test", "ana@demo.test"


@dataclass(frozen=True, slots=True)
class Text:
    """One message of a told conversation; `who` is a user's e-mail, None for the candidate."""

    ago: timedelta
    who: str | None
    body: str
    status: DeliveryStatus = DeliveryStatus.DELIVERED
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A candidate and what was written with them."""

    number: str
    name: str | None
    job: str | None
    stage: str | None
    city: str
    owner: str | None
    texts: tuple[Text, ...]
    read: bool = True
    opted_out: bool = False
    presumed: bool = False
    """Whether the last text asks for no more in words of its own."""
    email: str | None = None
    consent: str | None = field(default="3 February, web form")
    tags: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    link: str | None = None


def _ago(days: float = 0, hours: float = 0, minutes: float = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes)


def stories() -> tuple[Story, ...]:
    """The conversations of the demo, from minutes to more than a year ago."""
    return (
        Story(
            "+61491570110",
            "Maya Chen",
            "Registered Nurse, Geelong",
            "Interview",
            "Geelong",
            JO,
            (
                Text(
                    _ago(days=1, hours=2),
                    JO,
                    "Hi Maya, this is Jo from Harbour Health. Free for a short call this week?",
                ),
                Text(_ago(days=1, hours=1), None, "Sure. Which day?"),
                Text(_ago(days=1), JO, "Thursday at 10 or Friday at 2. I will ring you from this number."),
                Text(_ago(minutes=9), None, "Yes, Thursday at 10 works."),
                Text(_ago(minutes=8), None, "Do I need to bring my registration?"),
            ),
            read=False,
            email="maya.chen@example.com",
            tags=("Registered nurse", "Night shifts"),
            lists=("Geelong open day",),
            link="people.example.com/in/maya-chen",
        ),
        Story(
            "+61491570159",
            "Tom Okafor",
            "Enrolled Nurse, Ballarat",
            "Applied",
            "Ballarat",
            JO,
            (
                Text(
                    _ago(hours=5),
                    JO,
                    "Hi Tom, could you send me your licence number?",
                    DeliveryStatus.UNDELIVERED,
                    30006,
                ),
            ),
            email="tom.okafor@example.com",
            tags=("Night shifts",),
        ),
        Story(
            "+61491570156",
            "Priya Nair",
            "Physiotherapist, Melbourne",
            "Offer",
            "Melbourne",
            ANA,
            (
                Text(
                    _ago(days=2, hours=3),
                    ANA,
                    "Hi Priya, the offer letter is in your inbox. Any questions, text me here.",
                ),
                Text(_ago(days=2), None, "Thank you! I will read it tonight."),
                Text(_ago(hours=2), None, "One question: when would I start?"),
            ),
            read=False,
            email="priya.nair@example.com",
            tags=("Allied health",),
        ),
        Story(
            "+61491570157",
            "Sam Whitlock",
            "Care Assistant, Geelong",
            "Applied",
            "Geelong",
            None,
            (
                Text(_ago(days=20, hours=1), ANA, "Hi Sam, thanks for applying. Is this a good number for you?"),
                Text(_ago(days=20), None, "STOP"),
            ),
            opted_out=True,
            lists=("Geelong open day",),
        ),
        Story(
            "+61491570158",
            "Lena Fischer",
            "Radiographer, Bendigo",
            "Screening",
            "Bendigo",
            ANA,
            (Text(_ago(days=4), ANA, "Hi Lena, can we move our call to 3 pm?", DeliveryStatus.UNDELIVERED, 30003),),
            tags=("Allied health",),
        ),
        Story(
            "+61491570313",
            None,
            None,
            None,
            "",
            None,
            (Text(_ago(hours=3), None, "Hello, I saw the nurse job in Geelong. Who is this number?"),),
            read=False,
            consent=None,
        ),
        Story(
            "+61491570737",
            "Amir Haddad",
            "Pharmacist, Melbourne",
            "Interview",
            "Melbourne",
            JO,
            (
                Text(_ago(days=3, hours=4), None, "Good morning, am I still expected on Monday?"),
                Text(_ago(days=3, hours=3), JO, "Yes, 9:30 at reception. Ask for Kim."),
                Text(_ago(days=3), None, "See you then 👍"),
            ),
            tags=("Weekends",),
        ),
        Story(
            "+61491570201",
            "Grace Tan",
            "Registered Nurse, Melbourne",
            "Hired",
            "Melbourne",
            JO,
            tuple(_weekly_check_ins()),
            tags=("Registered nurse",),
            lists=("Alumni",),
        ),
        Story(
            "+61491570202",
            "Noah Williams",
            "Ward Clerk, Geelong",
            "Screening",
            "Geelong",
            None,
            (
                Text(_ago(days=6), None, "Hi, is the ward clerk job still open?"),
                Text(_ago(days=5, hours=22), ANA, "It is. Shall I send you the form?"),
                Text(_ago(days=5, hours=21), None, "Please do"),
            ),
            lists=("Geelong open day",),
        ),
        Story(
            "+61491570203",
            "Ines Moreau",
            "Speech Pathologist, Ballarat",
            "Talent pool",
            "Ballarat",
            ANA,
            (
                Text(_ago(days=45), ANA, "Hi Ines, we have a part-time role in Ballarat from March. Interested?"),
                Text(_ago(days=44), None, "Not right now, but ask me again after summer."),
            ),
            tags=("Allied health", "Weekends"),
        ),
        Story(
            "+61491570204",
            "Oliver Brandt",
            "Dietitian, Melbourne",
            "Talent pool",
            "Melbourne",
            JO,
            (
                Text(_ago(days=400), JO, "Hi Oliver, thank you for your time today."),
                Text(_ago(days=399), None, "Thanks Jo, good to meet the team."),
            ),
            tags=("Allied health",),
            lists=("Alumni",),
        ),
        Story(
            "+61491570206",
            "Peter Novak",
            "Cook, Geelong",
            "Applied",
            "Geelong",
            None,
            (
                Text(_ago(days=30, hours=2), ANA, "Hi Peter, are you still looking for work in a kitchen?"),
                Text(_ago(days=30), None, "pls stop txting me, I have found something"),
            ),
            presumed=True,
        ),
        Story(
            "+61491570205",
            "Hana Suzuki",
            "Occupational Therapist, Geelong",
            "Applied",
            "Geelong",
            None,
            (),
            email="hana.suzuki@example.com",
        ),
    )


def _weekly_check_ins() -> list[Text]:
    """A long thread, so that earlier messages have to be fetched."""
    texts: list[Text] = []
    for week in range(45, 0, -1):
        texts.append(Text(_ago(days=7 * week, hours=2), JO, f"Hi Grace, how was week {46 - week}?"))
        texts.append(Text(_ago(days=7 * week, hours=1), None, "Good, thank you. The team is kind."))
    return texts
