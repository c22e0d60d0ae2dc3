"""What every request passes through, outermost first."""

from starlette.middleware import Middleware

from inbox.config import Settings
from inbox.web.access_log import AccessLog
from inbox.web.body_limit import BodyLimit
from inbox.web.guard import WriteGuard
from inbox.web.headers import SecurityHeaders
from inbox.web.own_host import OwnHost


def middleware(settings: Settings) -> list[Middleware]:
    """For `Starlette(middleware=...)`.

    Headers stand outside of everything, so that the answers of the others, also to faults, carry them.
    """
    return [
        Middleware(SecurityHeaders, settings=settings),
        Middleware(AccessLog),
        Middleware(OwnHost, settings=settings),
        Middleware(BodyLimit),
        Middleware(WriteGuard, settings=settings),
    ]
