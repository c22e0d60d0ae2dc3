"""The cookies: the session's, and those that tie a sign-in under way to its browser."""

import secrets

from starlette.requests import HTTPConnection
from starlette.responses import Response

from inbox.accounts import second_steps, sso_visits
from inbox.accounts.sessions import LONGEST_SECONDS
from inbox.config import Settings


def session_of(connection: HTTPConnection, settings: Settings) -> str | None:
    """The session cookie's value as the browser sent it, be it good or not."""
    return connection.cookies.get(_name("session", settings)) or None


def visit_of(connection: HTTPConnection, settings: Settings) -> str | None:
    """What the sign-in page put into this browser."""
    return connection.cookies.get(_name("visit", settings)) or None


def new_visit() -> str:
    """A fresh value for the visit cookie."""
    return secrets.token_urlsafe(16)


def set_session(answer: Response, value: str, settings: Settings) -> None:
    """Hand the browser its session; the visit that led to it is over."""
    _set(answer, "session", value, settings, max_age=LONGEST_SECONDS)
    _delete(answer, "visit", settings)


def set_visit(answer: Response, value: str, settings: Settings) -> None:
    """Mark the browser that has the sign-in form."""
    _set(answer, "visit", value, settings)


def delete_session(answer: Response, settings: Settings) -> None:
    """Take the session from the browser."""
    _delete(answer, "session", settings)


def second_step_of(connection: HTTPConnection, settings: Settings) -> str | None:
    """What stands for a password that was shown in this browser, while a code is awaited."""
    return connection.cookies.get(_name("second-step", settings)) or None


def set_second_step(answer: Response, value: str, settings: Settings) -> None:
    """Let the browser wait for a code."""
    _set(answer, "second-step", value, settings, max_age=second_steps.LIVES_SECONDS)


def delete_second_step(answer: Response, settings: Settings) -> None:
    """The code was shown, or it is too late for it."""
    _delete(answer, "second-step", settings)


def sso_of(connection: HTTPConnection, settings: Settings) -> str | None:
    """What ties a browser to its sign-in at an identity provider."""
    return connection.cookies.get(_name("sso", settings)) or None


def set_sso(answer: Response, value: str, settings: Settings) -> None:
    """Tie the browser to a sign-in that it is sent to."""
    _set(answer, "sso", value, settings, max_age=sso_visits.LIVES_SECONDS)


def delete_sso(answer: Response, settings: Settings) -> None:
    """The browser came back."""
    _delete(answer, "sso", settings)


def _set(answer: Response, name: str, value: str, settings: Settings, *, max_age: int | None = None) -> None:
    answer.set_cookie(
        _name(name, settings),
        value,
        max_age=max_age,
        path="/",
        secure=settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def _delete(answer: Response, name: str, settings: Settings) -> None:
    answer.delete_cookie(_name(name, settings), path="/", secure=settings.secure_cookies, httponly=True, samesite="lax")


def _name(name: str, settings: Settings) -> str:
    # With this prefix a browser takes the cookie from this very host only, over TLS (RFC 6265bis, 4.1.3.2).
    return f"__Host-{name}" if settings.secure_cookies else name
