"""The organisation that texts, and its Twilio."""

from tests.messaging.scene import other, scene  # noqa: F401
from tests.messaging.twilio import twilio  # noqa: F401
