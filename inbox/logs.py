"""Logging: one line for each event, ours and the libraries', with personal data and secrets taken out."""

import ipaddress
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from textwrap import indent
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Third parties speak from WARNING on: at INFO the HTTP and Twilio clients tell addresses and parameters.
_TALKATIVE = ("inbox", "realtime", "providers", "uvicorn")

_HIDDEN = frozenset(
    {
        "authorization",
        "body",
        "cookie",
        "csrf",
        "email",
        "form",
        "password",
        "query",
        "secret",
        "text",
        "token",
    }
)
_HIDDEN_ENDINGS = ("_token", "_key", "_keys", "_secret", "_password", "_body")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_QUERY = re.compile(r"(?<=[\w/])\?[^\s\"'<>]+")
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")
_HOOK_TOKEN = re.compile(r"(/hooks/twilio/)[^/\s\"'?]+")
# The sealed address of a picture (messaging/media_addresses.py): who has it, sees it for some hours.
_PICTURE = re.compile(r"((?:^|[\s\"'=]|://[^/\s]+)/media/)[^/\s\"'?]+")
# Each with a sign that every text has in which it finds something: most lines have none.
_SECRETS = (
    ("?", _QUERY, "?…"),
    ("@", _URL_PASSWORD, r"\1…@"),
    ("/hooks/", _HOOK_TOKEN, r"\1…"),
    ("/media/", _PICTURE, r"\1…"),
)
_SHORTEST_NUMBER = 8
_NUMBER = re.compile(
    r"""(?: (?:\+|%2B) \d (?:[ ().-]{0,2}\d){6,14}                # international, also percent-encoded
        | (?<![\w.:+-]) \(?\d (?:[ ().-]{0,2}\d){7,14} (?![\w:-]) # as people write it at home
        )""",
    re.VERBOSE | re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def configure(log_format: str) -> None:
    """Send every log line of the process to standard error, as "text" for people or "json" for machines.

    uvicorn must be started with `log_config=None` and `access_log=False`: `web/access_log.py` writes the
    line for each request, without its query.
    """
    enrich: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
    ]
    structlog.configure(
        processors=[
            *enrich,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=enrich,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _format_exception,
                redact,
                # Last, so that a time is not taken for a phone number.
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _renderer(log_format),
            ],
        )
    )
    _route_everything_to(handler)


def _renderer(log_format: str) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)


def _route_everything_to(handler: logging.Handler) -> None:
    logging._srcfile = None  # nobody is told where in the code a line was written, and to find out takes longest
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The structlog processor that keeps two digits of a phone number and nothing of a body or secret.

    It also keeps a text on its line: control characters are written as escapes.
    """
    return {key: _hide(key, value) for key, value in event.items()}


def _hide(key: str, value: Any) -> Any:
    if key in _HIDDEN or key.endswith(_HIDDEN_ENDINGS):
        return "[hidden]" if value else value
    if isinstance(value, str):
        kept = value if key == "exception" or value.isprintable() else _CONTROL.sub(_escape, value)
        return without_secrets(kept)
    if isinstance(value, Mapping):
        return {name: _hide(str(name), inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_hide(key, inner) for inner in value]
    return value if isinstance(value, int | float | None) else without_secrets(str(value))


def without_secrets(text: str) -> str:
    """`text` with phone numbers cut to two digits, and no query, no password in a URL, no webhook token."""
    for sign, pattern, instead in _SECRETS:
        if sign in text:
            text = pattern.sub(instead, text)
    return text if len(text) < _SHORTEST_NUMBER else _NUMBER.sub(_two_digits, text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _two_digits(found: re.Match[str]) -> str:
    text = found[0]
    return text if _DATE.fullmatch(text) or _is_address(text) else f"…{text[-2:]}"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _format_exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_trace(error))
    return event


def _trace(error: BaseException) -> Iterator[str]:
    """Frames and names of `error` and what led to it, oldest first.

    Of each message only the first line is told: PostgreSQL and SQLAlchemy quote the row, with a message's
    body in it, in the lines that follow.
    """
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _trace(before)
        yield "which led to:"
    if error.__traceback__ is not None:
        yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    words = str(error).partition("\n")[0]
    yield f"{_name(error)}: {_CONTROL.sub(_escape, words)}"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield indent("\n".join(_trace(one)), "  | ")


def _name(error: BaseException) -> str:
    module, name = type(error).__module__, type(error).__qualname__
    return name if module == "builtins" else f"{module}.{name}"
