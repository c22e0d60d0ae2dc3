"""The embedded default: one process with web, worker and sandbox on SQLite, and secrets kept beside the database."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from socket import socket

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from inbox import demo
from inbox.accounts import companies, organisations
from inbox.accounts.organisations import Organisation
from inbox.app import drain
from inbox.config import TWILIO_API_URL, Settings
from inbox.demo import household, seaview
from inbox.demo.stories import stories
from inbox.provisioning import company_numbers, credentials
from inbox.server import Server
from inbox.storage.database import Database, Tenant
from inbox.storage.vault import Vault, new_key
from providers.sandbox import Sandbox, SandboxAccount, SandboxNumber, SandboxPhone, create_app

SECRETS = Path("var/secrets.json")


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with what a first start needs: secrets made once, and Twilio played by ourselves."""
    has_secrets = environ.get("INBOX_SECRET_KEY") and environ.get("INBOX_VAULT_KEYS")
    filled = dict(environ) if has_secrets else _kept_secrets() | dict(environ)
    port = filled.get("INBOX_PORT", "8000")
    filled.setdefault("INBOX_TWILIO_API_URL", f"http://127.0.0.1:{port}")
    return filled


def begun_here(environ: Mapping[str, str]) -> bool:
    """Whether `inbox run` has been started in this folder and nobody brings secrets of their own."""
    return SECRETS.exists() and not environ.get("INBOX_SECRET_KEY")


async def seed_demo(settings: Settings) -> tuple[Organisation, Sandbox]:
    """The demo organisation, made on the first start, and a sandbox that plays its Twilio account."""
    vault, database = Vault(settings.vault_keys), Database(settings.database_url, number_keys=settings.vault_keys)
    await database.connect()
    try:
        organisation = await demo.create(database, vault)
        return organisation, await sandbox_of(settings, database, organisation)
    finally:
        await database.disconnect()


async def sandbox_of(settings: Settings, database: Database, organisation: Organisation) -> Sandbox:
    """A sandbox Twilio that owns this organisation's account and numbers, with the demo's candidates as phones."""
    tenant = Tenant(database, organisation.id)
    account = await credentials.first(tenant, Vault(settings.vault_keys))
    webhook = f"{settings.public_url}{account.message_path}"
    every = await company_numbers.all_of(tenant)
    names = {one: (await companies.find(tenant, one)).name for one in {number.company_id for number in every}}
    numbers = tuple(
        SandboxNumber(
            number=number.number, label=f"{names[number.company_id]} ({number.purpose})", message_webhook=webhook
        )
        for number in every
    )
    return Sandbox(SandboxAccount(account.account_sid, account.auth_token, numbers), phones=_phones())


async def serve_with(stand_in: Sandbox, serving: Server, listening: socket) -> None:
    """Serve until the end, which is the sandbox's too."""
    try:
        await serving.serve(sockets=[listening])
    finally:
        await stand_in.aclose()


async def facts(settings: Settings) -> dict[str, object] | None:
    """What somebody who tries the demo needs to know, secrets included; None when there is no demo organisation."""
    database, vault = Database(settings.database_url, number_keys=settings.vault_keys), Vault(settings.vault_keys)
    await database.connect()
    try:
        organisation = await organisations.demo(database)
        if organisation is None:
            return None
        tenant = Tenant(database, organisation.id)
        account = await credentials.first(tenant, vault)
        own_sandbox = settings.twilio_api_url != TWILIO_API_URL
        return {
            "url": settings.public_url,
            "users": [{"email": email, "password": demo.PASSWORD, "role": role} for email, _, role in demo.USERS],
            "account_sid": account.account_sid,
            "auth_token": account.auth_token,
            "message_webhook": f"{settings.public_url}{account.message_path}",
            "status_webhook": f"{settings.public_url}{account.status_path}",
            "numbers": {
                "messaging": (await company_numbers.first(tenant)).number,
                "chatbot": (await company_numbers.first(tenant, "chatbot")).number,
            },
            "sandbox": settings.twilio_api_url if own_sandbox else None,
        }
    finally:
        await database.disconnect()


_SANDBOX = ("/sandbox", "/2010-04-01/", "/v1/", "/v2/")
"""What the paths of the sandbox begin with."""


class WithSandbox:
    """Serves the sandbox's paths beside the application's, so that one port is enough."""

    def __init__(self, app: Starlette, sandbox: Sandbox) -> None:
        self._app = app
        self._player = sandbox
        self._sandbox = create_app(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_SANDBOX):
            await self._sandbox(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def drain(self) -> None:
        """Drain the application, which may need the sandbox for it; then let nobody watch the sandbox any more."""
        try:
            await drain(self._app)
        finally:
            await self._player.end_streams()


def _phones() -> tuple[SandboxPhone, ...]:
    told = (*stories(), household.STORY, *seaview.STORIES)
    return tuple(SandboxPhone(story.number, story.name or "Unknown caller") for story in told)


def _kept_secrets() -> dict[str, str]:
    """The secrets of `var/secrets.json`, made on the first start; only their owner may read the file."""
    if not SECRETS.exists():
        SECRETS.parent.mkdir(parents=True, exist_ok=True)
        fresh = {"INBOX_SECRET_KEY": secrets.token_urlsafe(48), "INBOX_VAULT_KEYS": new_key()}
        descriptor = os.open(SECRETS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(fresh, file)
    kept: dict[str, str] = json.loads(SECRETS.read_text())
    return kept
