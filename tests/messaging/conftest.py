"""An organisation that texts, another one beside it, and their Twilio."""

from tests.messaging.listing import listing  # noqa: F401
from tests.messaging.scene import other, scene  # noqa: F401
from tests.messaging.twilio import twilio  # noqa: F401
