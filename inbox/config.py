"""Every environment variable, read once; a wrong value stops the start with a sentence."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from providers.mail import MailServer

TWILIO_API_URL = "https://api.twilio.com"


class ConfigError(Exception):
    """A setting is missing or cannot be used; the message names the variable and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process runs. Secrets are kept out of `repr`."""

    database_url: str
    redis_url: str
    public_url: str
    host: str
    port: int
    twilio_api_url: str
    log_format: str
    secret_key: str = field(repr=False)
    vault_keys: tuple[str, ...] = field(repr=False)
    metrics_token: str = field(repr=False)
    spool_dir: Path = Path("var/spool")
    smtp_url: str = field(default="", repr=False)
    mail_from: str = "Shared Inbox <inbox@localhost>"
    mail_dir: Path = Path("var/mails")
    private_webhooks: bool = False
    private_issuers: bool = False
    embed_url: str = ""
    """The address of embeds where they have a host name of their own; "" where they share the application's."""
    trusted_proxies: str = "127.0.0.1"
    owner_url: str = field(default="", repr=False)
    """As whom tables are made, where another user than that of `database_url` owns them."""

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    @property
    def tables_url(self) -> str:
        """The database as the user who owns its tables."""
        return self.owner_url or self.database_url

    @property
    def secure_cookies(self) -> bool:
        """Whether browsers reach us over TLS, so that cookies may demand it."""
        return self.public_url.startswith("https://")

    @property
    def origins(self) -> frozenset[str]:
        """The origins browsers may write and open sockets from."""
        return _origins(self.public_url)

    @property
    def embeds_at(self) -> str:
        """Where pages of other systems find the widget: `embed_url`, or our own address."""
        return self.embed_url or self.public_url

    @property
    def embed_origins(self) -> frozenset[str]:
        """The origins from which widgets may write and open sockets: those of their own frame."""
        return _origins(self.embeds_at)


def environment() -> dict[str, str]:
    """The process's own environment; `inbox run` adds to it before `read`."""
    return dict(os.environ)


def read(environ: Mapping[str, str], *, needs_secrets: bool = True) -> Settings:
    """Settings from `environ`.

    `needs_secrets` is False for commands that neither sign nor decrypt. Raises ConfigError with one sentence.
    """
    host = environ.get("INBOX_HOST", "127.0.0.1")
    port = _port(environ.get("INBOX_PORT", "8000"))
    shown_host = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound # nosec B104
    public_url = _web_url("INBOX_PUBLIC_URL", environ.get("INBOX_PUBLIC_URL", f"http://{shown_host}:{port}"))
    database_url = _database_url(environ.get("INBOX_DATABASE_URL", "sqlite:///var/inbox.db"))
    return Settings(
        database_url=database_url,
        redis_url=_redis_url(environ.get("INBOX_REDIS_URL", "memory://")),
        public_url=public_url,
        host=host,
        port=port,
        twilio_api_url=_web_url("INBOX_TWILIO_API_URL", environ.get("INBOX_TWILIO_API_URL", TWILIO_API_URL)),
        log_format=_log_format(environ.get("INBOX_LOG_FORMAT", "text")),
        secret_key=_secret_key(environ.get("INBOX_SECRET_KEY", ""), needed=needs_secrets),
        vault_keys=_vault_keys(environ.get("INBOX_VAULT_KEYS", ""), needed=needs_secrets),
        metrics_token=environ.get("INBOX_METRICS_TOKEN", ""),
        spool_dir=Path(environ.get("INBOX_SPOOL_DIR") or "var/spool"),
        smtp_url=_smtp_url(environ.get("INBOX_SMTP_URL", "")),
        mail_from=_mail_from(environ.get("INBOX_MAIL_FROM", ""), needed=bool(environ.get("INBOX_SMTP_URL"))),
        mail_dir=Path(environ.get("INBOX_MAIL_DIR") or "var/mails"),
        private_webhooks=_allows("INBOX_PRIVATE_WEBHOOKS", environ.get("INBOX_PRIVATE_WEBHOOKS", "refuse")),
        private_issuers=_allows("INBOX_PRIVATE_ISSUERS", environ.get("INBOX_PRIVATE_ISSUERS", "refuse")),
        embed_url=_embed_url(environ.get("INBOX_EMBED_URL", ""), public_url),
        trusted_proxies=_trusted_proxies(environ.get("INBOX_TRUSTED_PROXIES") or "127.0.0.1"),
        owner_url=_owner_url(environ.get("INBOX_DATABASE_OWNER_URL", ""), database_url),
    )


def _origins(url: str) -> frozenset[str]:
    """The origin of an address. On a plain loopback address its two other spellings count as the same place."""
    parts = urlsplit(url)
    mine = f"{parts.scheme}://{parts.netloc}"
    if parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        return frozenset({mine})
    port = f":{parts.port}" if parts.port else ""
    return frozenset({mine, *(f"{parts.scheme}://{name}{port}" for name in ("127.0.0.1", "localhost", "[::1]"))})


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ConfigError(f"INBOX_PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _database_url(text: str) -> str:
    text = _postgresql_url(text)
    if not text.startswith(("sqlite:///", "postgresql://")):
        raise ConfigError("INBOX_DATABASE_URL must start with sqlite:/// or postgresql://.")
    if ":memory:" in text:
        raise ConfigError("INBOX_DATABASE_URL must name a file: SQLite in memory is a new database on each connection.")
    return text


def _owner_url(text: str, database_url: str) -> str:
    text = _postgresql_url(text)
    if text and not (text.startswith("postgresql://") and database_url.startswith("postgresql://")):
        raise ConfigError("INBOX_DATABASE_OWNER_URL is for PostgreSQL, and must start with postgresql:// as the other.")
    return text


def _postgresql_url(text: str) -> str:
    # What hosting companies write.
    return "postgresql://" + text.removeprefix("postgres://") if text.startswith("postgres://") else text


def _redis_url(text: str) -> str:
    if text != "memory://" and not text.startswith(("redis://", "rediss://")):
        raise ConfigError("INBOX_REDIS_URL must be memory:// or start with redis:// or rediss://.")
    return text


def _web_url(name: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an IPv6 address, or a port that is no number
        is_usable = False
    if not is_usable or "?" in text or "#" in text:
        raise ConfigError(f"{name} must be an address such as https://inbox.example.com, not {text!r}.")
    return text.rstrip("/")


def _embed_url(text: str, public_url: str) -> str:
    url = _web_url("INBOX_EMBED_URL", text) if text else ""
    parts = urlsplit(url)
    if parts.path or parts.netloc.lower() == urlsplit(public_url).netloc.lower():
        raise ConfigError(
            "INBOX_EMBED_URL must be a host of its own without a path, such as https://embed.example.com, "
            "or empty where embeds share INBOX_PUBLIC_URL."
        )
    return url


def _smtp_url(text: str) -> str:
    try:
        if text:
            MailServer.parse(text)
    except ValueError:
        raise ConfigError(
            "INBOX_SMTP_URL must be smtp://user:password@host:587 (STARTTLS), smtps://user:password@host:465 (TLS) "
            "or, where no password is sent, smtp+plain://host:25."
        ) from None
    return text


def _mail_from(text: str, *, needed: bool) -> str:
    if not text and not needed:
        return "Shared Inbox <inbox@localhost>"
    name, address = parseaddr(text)
    if "@" not in address or not (name + address).isprintable():
        raise ConfigError("INBOX_MAIL_FROM must be a sender such as Shared Inbox <inbox@example.com>.")
    return text


def _log_format(text: str) -> str:
    if text not in {"text", "json"}:
        raise ConfigError(f"INBOX_LOG_FORMAT must be text or json, not {text!r}.")
    return text


def _allows(name: str, text: str) -> bool:
    if text not in {"refuse", "allow"}:
        raise ConfigError(f"{name} must be refuse or allow, not {text!r}.")
    return text == "allow"


def _secret_key(text: str, *, needed: bool) -> str:
    if needed and len(text) < 32:
        raise ConfigError("INBOX_SECRET_KEY must be set to at least 32 characters that nobody can guess.")
    return text


def _vault_keys(text: str, *, needed: bool) -> tuple[str, ...]:
    keys = tuple(key for key in re.split(r"[,\s]+", text) if key)
    if needed and not keys:
        raise ConfigError("INBOX_VAULT_KEYS must hold at least one key; the first one encrypts, all of them decrypt.")
    for key in keys:
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}=", key):
            raise ConfigError("Each of INBOX_VAULT_KEYS must be 32 random bytes in URL-safe base64 (44 characters).")
    return keys


def _trusted_proxies(text: str) -> str:
    """Addresses and networks, never everybody: who is believed about others' addresses can guess without limits."""
    for one in text.split(","):
        try:
            network = ipaddress.ip_network(one.strip())
        except ValueError:
            raise ConfigError(
                f"INBOX_TRUSTED_PROXIES must be addresses or networks separated by commas, not {one.strip()!r}."
            ) from None
        if network.prefixlen == 0:
            raise ConfigError("INBOX_TRUSTED_PROXIES must not be everybody: name the addresses of the proxies.")
    return text
