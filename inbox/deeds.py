"""What the workers do: every kind of job, and the part of the product that carries it out."""

from collections.abc import Awaitable, Callable
from functools import partial

from inbox.accounts.mailing import Mailer
from inbox.automation import (
    campaign_gathering,
    campaign_sending,
    campaigns,
    chatbot_answering,
    chatbot_filling,
    chatbot_turns,
    workflow_beginning,
    workflow_pace,
    workflow_running,
)
from inbox.hooks import deliveries
from inbox.hooks.delivering import Deliverer
from inbox.messaging import (
    due_texts,
    escalation,
    history_importing,
    importing,
    label_changes,
    mailed_notifications,
    media,
    opt_outs,
    snoozes,
    synchronizing,
    triggers,
    withdrawing,
)
from inbox.messaging.fetching_media import MediaFetcher
from inbox.messaging.scheduled_texts import SEND_LATER
from inbox.messaging.sending import Line
from inbox.provisioning import reviews
from inbox.provisioning.submitting import Submitter
from inbox.reports import erasures, export_writing, exports
from inbox.storage import mails, notifications
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.vault import Vault
from inbox.worker import Deed, Worker
from providers.hooks import HookSender
from providers.twilio.media import TwilioMedia


def worker(database: Database, line: Line, source: TwilioMedia, mailer: Mailer) -> Worker:
    """The worker of everything but webhooks."""
    synchronizer = synchronizing.Synchronizer(line)

    async def synchronize(tenant: Tenant, job: Job) -> Postponed | None:
        seconds = await synchronizer(tenant, job)
        return None if seconds is None else Postponed(seconds)

    return Worker(
        database,
        line,
        deeds={
            synchronizing.SYNCHRONIZE: synchronize,
            history_importing.IMPORT: history_importing.HistoryImporter(line),
            importing.IMPORT: importing.carry_on,
            snoozes.WAKE: _with_subject(snoozes.end),
            escalation.ESCALATE: _with_subject(escalation.sweep),
            opt_outs.SPREAD: _with_subject(withdrawing.carry_out),
            SEND_LATER: _with_subject(due_texts.send_due),
            label_changes.GO_ON: label_changes.go_on,
            campaigns.GATHER: campaign_gathering.gather,
            campaigns.SEND: campaign_sending.carry_on,
            triggers.ANSWER: chatbot_answering.answer,
            chatbot_turns.GIVE_UP: _with_subject(chatbot_answering.give_up),
            chatbot_turns.FILL: chatbot_filling.fill,
            triggers.BEGIN: workflow_beginning.begin_triggered,
            triggers.STEP: workflow_running.carry_on,
            **erasures.deeds(line),
            exports.WRITE: export_writing.write,
            media.FETCH: MediaFetcher(source, line.vault),
            mails.SEND: mailer,
            reviews.LOOK: Submitter(line.transport, line.vault),
            notifications.MAIL_UNREAD: _with_subject(mailed_notifications.mail_unread),
        },
        patient={triggers.BEGIN, triggers.STEP},
        pace=workflow_pace.free,
        on_return=[partial(synchronizing.ask_all, database, reason="outage")],
    )


def teller(database: Database, sender: HookSender, vault: Vault) -> Worker:
    """Webhooks have a worker of their own, so that no text waits for somebody else's server."""
    return Worker(database, None, deeds={deliveries.DELIVER: Deliverer(sender, vault)})


def _with_subject(act: Callable[[Tenant, str], Awaitable[Postponed | None]]) -> Deed:
    """The deed that does this with what its job is about."""

    async def deed(tenant: Tenant, job: Job) -> Postponed | None:
        return await act(tenant, job.subject)

    return deed
