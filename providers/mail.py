"""Delivers mail: to an SMTP server (RFC 5321), or as files into a folder where there is none."""

import asyncio
import os
import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 15.0
"""For each step of the conversation with a server."""
KEPT_DAYS = 90
_PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}


class MailError(Exception):
    """A mail was not taken; the message says why. `is_final`: it never will be, as the address does not exist."""

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        super().__init__(words)
        self.is_final = is_final


class PostOffice(Protocol):
    """Takes mail."""

    async def deliver(self, mail: EmailMessage, name: str) -> None:
        """Hand over `mail`, which goes by the unique `name`; raises MailError."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server. `scheme` is smtps (TLS from the start), smtp (STARTTLS, or nothing) or smtp+plain."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> "MailServer":
        """The server at an address such as smtp://user:password@mail.example.com:587; raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError(url)
        if parts.scheme == "smtp+plain" and parts.username:
            raise ValueError("a password is not sent without TLS")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme], user, password)

    async def deliver(self, mail: EmailMessage, name: str) -> None:
        """Hand over `mail` in a thread; raises MailError."""
        del name  # the server goes by the Message-ID
        await asyncio.to_thread(self._deliver, mail)

    def _deliver(self, mail: EmailMessage) -> None:
        try:
            connection = self._connected()
            try:
                connection.send_message(mail)
            finally:
                # The mail is taken or not by now; what becomes of the goodbye changes nothing.
                with suppress(smtplib.SMTPException, OSError):
                    connection.quit()
                connection.close()
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise MailError(f"The address was refused: {_words(code, words)}", is_final=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            refused = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
            told = _words(error.smtp_code, error.smtp_error)
            raise MailError(f"The mail server refused: {told}", is_final=refused) from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailError(f"The mail server could not be reached or used: {error}") from error

    def _connected(self) -> smtplib.SMTP:
        """A connection that is safe and signed in."""
        context = ssl.create_default_context()
        if self.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            if self.scheme == "smtp":
                connection.starttls(context=context)
            if self.user:
                connection.login(self.user, self.password)
        except BaseException:
            connection.close()
            raise
        return connection


@dataclass(frozen=True, slots=True)
class MailFolder:
    """Keeps mail as files `<name>.eml` that only their owner may read, for 90 days."""

    folder: Path

    async def deliver(self, mail: EmailMessage, name: str) -> None:
        """Write the file, whole or not at all; raises MailError."""
        try:
            await asyncio.to_thread(self._write, bytes(mail), name)
        except OSError as error:
            raise MailError(f"The mail could not be written: {error.strerror}") from error

    def read(self, name: str) -> bytes | None:
        """What was written under this name, None when it is not there."""
        with suppress(FileNotFoundError):
            return self._path(name).read_bytes()
        return None

    def _write(self, content: bytes, name: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in self.folder.glob("*.eml"):
            if file.stat().st_mtime < time.time() - KEPT_DAYS * 86_400:
                file.unlink(missing_ok=True)
        unfinished = self.folder / f"{name}.part"
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file_:
            file_.write(content)
        unfinished.replace(self._path(name))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.eml"


def post_office(url: str, folder: Path) -> MailServer | MailFolder:
    """The server at `url`, or without one the folder."""
    return MailServer.parse(url) if url else MailFolder(folder)


def _words(code: int, words: bytes | str) -> str:
    told = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(told.split())}"[:300]
