"""Delivers what endpoints are to be told: signed, again and again over a day, until it is taken."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import SystemRandom

import structlog

from inbox import clock
from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.errors import NotFound
from inbox.hooks import deliveries, endpoints, payloads
from inbox.hooks.deliveries import Delivery
from inbox.hooks.endpoints import Endpoint, Why
from inbox.languages import _
from inbox.storage import notifications
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.vault import Vault
from providers.hooks import Answer, HookSender, signature

RETRY_SECONDS = (5, 60, 300, 1800, 2 * 3600, 5 * 3600, 8 * 3600, 8 * 3600)
"""The pauses between the tries, each up to a fifth longer or shorter: a day in all."""
MOST_AT_ONCE = 4
"""Of one endpoint, so that a slow one keeps nobody else's waiting."""
BUSY_SECONDS = 2.0
SWITCHED_OFF = "webhook_off"
"""The kind of the notification."""

_SWITCHED_OFF: Mapping[Why, str] = {
    "gone": _("A webhook was switched off: the other side wants no more events."),
    "failing": _("A webhook was switched off: it has taken nothing for three days."),
}

_random = SystemRandom()
_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Does the jobs of deliveries."""

    sender: HookSender
    vault: Vault
    _busy: Counter[str] = field(default_factory=Counter)

    async def __call__(self, tenant: Tenant, job: Job) -> float | Postponed | None:
        """Tell it; the seconds until it is tried again, None when it was taken or given up."""
        try:
            delivery = await deliveries.find(tenant, job.subject)
            endpoint = await endpoints.find(tenant, delivery.endpoint_id)
        except NotFound:
            return None
        if delivery.state != deliveries.WAITING:
            return None
        if not endpoint.is_on:
            await deliveries.drop(tenant, delivery, "off")
            return None
        if self._busy[endpoint.id] >= MOST_AT_ONCE:
            return Postponed(BUSY_SECONDS)
        self._busy[endpoint.id] += 1
        try:
            return await self._tell(tenant, endpoint, delivery, tries=job.tries)
        finally:
            self._busy[endpoint.id] -= 1

    async def _tell(self, tenant: Tenant, endpoint: Endpoint, delivery: Delivery, *, tries: int) -> float | None:
        content = await payloads.of(tenant, delivery)
        if content is None:
            await deliveries.drop(tenant, delivery, "erased")
            return None
        answer = await self._post(tenant, endpoint, delivery, content)
        is_last = tries > len(RETRY_SECONDS) or answer.is_gone
        await deliveries.tried(tenant, delivery, answer, is_last=is_last)
        if answer.trouble is None:
            if endpoint.failing_since is not None:
                await endpoints.worked(tenant, endpoint.id)
            return None
        _log.info("webhook not taken", endpoint=endpoint.id, delivery=delivery.id, tries=tries, trouble=answer.trouble)
        has_long = await endpoints.failed(tenant, endpoint.id)
        if answer.is_gone or has_long:
            await _switch_off(tenant, endpoint, "gone" if answer.is_gone else "failing")
        return None if is_last else RETRY_SECONDS[tries - 1] * _random.uniform(0.8, 1.2)

    async def _post(self, tenant: Tenant, endpoint: Endpoint, delivery: Delivery, content: bytes) -> Answer:
        now = int(clock.now().timestamp())
        secrets = await endpoints.secrets_of(tenant, self.vault, endpoint.id)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Shared-Inbox-Webhooks/1",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(secrets, delivery.id, now, content),
        }
        return await self.sender.post(endpoint.url, content, headers)


async def _switch_off(tenant: Tenant, endpoint: Endpoint, why: Why) -> None:
    async with tenant.transaction():
        if not await endpoints.turn_off(tenant, endpoint.id, why):
            return  # somebody has
        await notifications.notify(
            tenant,
            [user.id for user in await users.who_may(tenant, Act.WEBHOOKS)],
            SWITCHED_OFF,
            words=_SWITCHED_OFF[why],
            address=f"/settings/webhooks/{endpoint.id}",
        )
