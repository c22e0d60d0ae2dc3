"""What stands in the files that are exported: for each kind a heading, and the rows behind a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from inbox import clock
from inbox.automation import campaign_results, chatbot_intents, chatbot_sessions
from inbox.automation.campaign_results import STATE_WORDS, Group
from inbox.automation.chatbot_sessions import Talk
from inbox.billing import log as billing_log
from inbox.billing.log import Shown
from inbox.candidates import choices, consents, people
from inbox.candidates.consents import SOURCES
from inbox.languages import _, gathered
from inbox.messaging import opting_out
from inbox.reports.sheets import Cells
from inbox.storage import audit
from inbox.storage.database import Tenant
from providers import phone

Asked = Mapping[str, str]
"""What of a kind is asked for: filters, days as moments (ISO 8601, UTC), ids; "" for none."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows; `more` is the key behind which the next ones stand, `candidates` are those of whom they tell."""

    cells: Sequence[Cells]
    """Sentences of ours among them are put into words for whom the file is written."""
    more: str | None
    candidates: frozenset[str] = frozenset()
    tables: Mapping[int, str] = field(default_factory=dict)
    """The places among the cells where a table of its own begins with its heading, and its name."""


BILLING = (_("When (UTC)"), _("What"), _("Candidate"), _("Number"), _("Segments"), _("Balance after"))
# The hashes are of the English words.
AUDIT = ("Number", "When (UTC)", "Who", "Kind", "What", "Hash")
CONSENTS = (
    *(_("When (UTC)"), _("Number"), _("Candidate"), _("Consent"), _("Source"), _("Words")),
    _("Written down by"),
)
OPT_OUTS = (_("When (UTC)"), _("Number"), _("Candidate"), _("Company number"), _("Word"), _("Presumed"))
PEOPLE = (
    *(_("Candidate"), _("Number"), _("E-mail"), _("Stage"), _("Job"), _("City"), _("Owner"), _("Texting")),
    *(_("Opted out (UTC)"), _("Added (UTC)")),
)
RECIPIENTS = (_("Candidate"), _("Number"), _("State"), _("Reason or outcome"), _("Written (UTC)"))


def asked_days(start: datetime | None, end: datetime | None) -> Asked:
    """Days as they are kept with an export; those that reach to now end now, so that the file has an end."""
    days = {"start": start.isoformat() if start else "", "end": (end or clock.now()).isoformat()}
    return days if end else {**days, "open": "1"}


async def billing(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """Steps of the balance, newest first."""
    at, _dot, place = (after or "").partition(".")
    found = await billing_log.page(
        tenant,
        start=moment(asked["start"]),
        end=moment(asked["end"]),
        shown=cast(Shown, asked["shown"]),
        before=(clock.from_microseconds(int(at)), int(place)) if after else None,
        most=most,
    )
    cells = [
        [utc(one.at), step(one), one.name or "", one.number or "", str(one.segments), str(one.balance)]
        for one in found.entries
    ]
    last = found.more
    more = f"{clock.microseconds(last.at)}.{last.id}" if last else None
    return Rows(cells, more, frozenset(one.candidate_id for one in found.entries if one.candidate_id))


def step(entry: billing_log.Entry) -> str:
    """What a step of the balance was for."""
    whom = entry.name or phone.readable(entry.number or "") or _("a candidate who is not here any more")
    match entry.kind:
        case "opening":
            return _("Opening balance")
        case "top_up":
            by = _("Top-up by %(name)s", name=entry.author)
            return gathered((by, entry.note), ": ") if entry.note else by
        case "received":
            return _("Received from %(whom)s", whom=whom)
        case "corrected":
            return _("Counted otherwise by Twilio, to %(whom)s", whom=whom)
        case "returned":
            return _("Given back, not sent to %(whom)s", whom=whom)
        case _:
            return _("Sent to %(whom)s", whom=whom)


async def acts(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """Entries of the audit log, newest first; they call candidates by their ids."""
    before = int(after) if after else None
    days = moment(asked.get("start", "")), moment(asked.get("end", ""))
    found, more = await audit.page(
        tenant, act=asked["act"], actor_id=asked["actor"], days=days, before=before, most=most
    )
    cells = [[str(one.seq), utc(one.at), one.actor, str(audit.ACTS[one.act]), str(one.what), one.hash] for one in found]
    return Rows(cells, None if more is None else str(more))


async def agreements(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """The ledger of consents, oldest first."""
    found = await consents.page(tenant, after=int(after or 0), most=most)
    cells = [
        [
            *(utc(one.at), one.number, one.name or "", _("given") if one.given else _("taken back")),
            *(SOURCES[one.source], one.words, one.author),
        ]
        for one in found
    ]
    more = str(found[-1].id) if len(found) == most else None
    return Rows(cells, more, frozenset(one.candidate_id for one in found if one.candidate_id))


async def opted_out(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """Numbers that opted out, the newest first, each with the company number that it does not want to hear from."""
    found, more = await opting_out.page(tenant, before=after, most=most)
    cells = [
        [utc(one.at), one.number, one.name or "", one.company_number, one.words, _("yes") if one.presumed else _("no")]
        for one in found
    ]
    return Rows(cells, more, frozenset(one.kept_with for one in found))


async def candidates(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """Candidates of a choice, by name; who was erased is left out."""
    found = await people.page(tenant, choices.read(asked), after=after, most=most)
    cells = [
        [
            *(one.name, one.number or "", one.email or "", one.stage or "", one.job or "", one.city or ""),
            *(one.owner or "", one.text_status, utc(one.opted_out_at), utc(one.created_at)),
        ]
        for one in found.rows
        if not one.erased
    ]
    return Rows(cells, found.more, frozenset(one.id for one in found.rows))


async def recipients(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """The people of a group of a campaign, and how far their texts have come."""
    found, more = await campaign_results.page(
        tenant, asked["campaign"], cast(Group, asked["group"]), reason=asked["reason"], after=after, most=most
    )
    cells = [[one.name, one.number or "", STATE_WORDS[one.state], one.words, utc(one.at)] for one in found]
    return Rows(cells, more, frozenset(one.candidate_id for one in found))


async def dialogues_heading(tenant: Tenant, asked: Asked) -> Sequence[str]:
    """A column for each question of the newest version."""
    facts = (_("Candidate"), _("State"), _("Reason"), _("Begun (UTC)"), _("Ended (UTC)"))
    return [*facts, *await _asks(tenant, asked), _("Other answers")]


async def dialogues(tenant: Tenant, asked: Asked, after: str | None, most: int) -> Rows:
    """Dialogues of an intent, the latest first."""
    asks = await _asks(tenant, asked)
    found, more = await chatbot_sessions.of_intent(
        tenant, asked["intent"], state=asked["state"], before=after, most=most
    )
    return Rows([_dialogue(talk, asks) for talk in found], more, frozenset(talk.candidate_id for talk in found))


async def _asks(tenant: Tenant, asked: Asked) -> list[str]:
    intent = await chatbot_intents.find(tenant, asked["intent"])
    return [question.ask for question in intent.script.asked(())]


def _dialogue(talk: Talk, asks: Sequence[str]) -> list[str]:
    session, given = talk.session, {question.ask: answer.value for question, answer in talk.answers}
    others = "; ".join(f"{ask} {value}" for ask, value in given.items() if ask not in asks)
    moments = [utc(session.begun_at), utc(session.ended_at)]
    return [
        talk.name,
        chatbot_sessions.STATE_WORDS[session.state],
        session.reason,
        *moments,
        *(given.get(ask, "") for ask in asks),
        others,
    ]


def moment(text: str) -> datetime | None:
    """A moment as it is kept with an export; None for ""."""
    return datetime.fromisoformat(text) if text else None


def utc(at: datetime | None) -> str:
    """A moment as files write it (ISO 8601, to the second); "" for none."""
    return at.isoformat(timespec="seconds") if at else ""
