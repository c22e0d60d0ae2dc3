"""An organisation that texts, and another one beside it."""

from tests.messaging.scene import other, scene  # noqa: F401
