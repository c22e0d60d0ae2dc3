"""The organisation that texts."""

from tests.messaging.scene import other, scene  # noqa: F401
