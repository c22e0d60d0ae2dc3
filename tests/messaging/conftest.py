"""An organisation that texts, and another one beside it."""

from tests.messaging.listing import listing  # noqa: F401
from tests.messaging.scene import other, scene  # noqa: F401
